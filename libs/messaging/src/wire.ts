// What a consumer outside of the services needs of this lib: nothing here knows a database or a framework.
export { type AmqpMessage, type CloudEvent, fromAmqp, PoisonMessageError } from './cloud-event.js';
export { consumeQueue } from './consume-queue.js';
export { GrowingWait, pause } from './waiting.js';
