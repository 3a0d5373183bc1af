export { bigintArray, booleanArray, type Column, intArray, jsonArray, textArray, timestampArray } from './binary-array.js';
export { BrokerUnreachableError, ConnectionClosedError, type LinkState } from './broker-link.js';
export {
  type AmqpMessage,
  type CloudEvent,
  type CloudEventAttributes,
  type Companion,
  fromAmqp,
  type OutgoingEvent,
  PoisonMessageError,
  toAmqp,
} from './cloud-event.js';
export { coalesceWritesOf } from './coalesced-writes.js';
export { ConfirmedPublisher, UnroutableError } from './confirmed-publisher.js';
export { RabbitMqConnection, type RabbitMqConnectionOptions, type RabbitMqState } from './connection.js';
export { type DeadLetter, type Redrivable, redrive } from './dead-letter.js';
export { deadLetterHeaders } from './dead-letters.js';
export { eventsFromAmqp, MOST_IN_BATCH } from './event-batch.js';
export {
  EventLog,
  eventLogCompanionSql,
  eventLogTable,
  eventLogTablesSql,
  type KeptEvent,
  type LogBounds,
  type LogFilter,
  type LogPage,
} from './event-log.js';
export { isTransient } from './failure-policy.js';
export { instant } from './instant.js';
export { JsonText } from './json-text.js';
export type { MessagingLogger } from './logger.js';
export { anyLength, byKey, LOOK_UP_BY_KEY } from './look-up-by-key.js';
export { createStrategy, type MessagingAsyncOptions, MessagingModule, type MessagingOptions } from './messaging.module.js';
export { appendToOutbox, outboxCompanionSql, outboxTable, outboxTableSql, outboxWrite } from './outbox.js';
export { OutboxRelay, type OutboxRelayOptions, type OutboxStatus } from './outbox-relay.js';
export { connectionOf } from './pg-connection.js';
export { publishQuickly } from './quick-publish.js';
export { NoReplyError, RabbitMqClient, RequestFailedError } from './rabbitmq-client.js';
export { RabbitMqServer, type RabbitMqServerOptions } from './rabbitmq-server.js';
export type { RpcFailure, RpcReply } from './rpc-consumer.js';
export { shardOf, shardSuffix } from './shard.js';
export { type Queries, type Statement, sendAll } from './statement.js';
export type { WrittenRow } from './stored-event.js';
export { Subscription, type SubscriptionOptions } from './subscription.js';
export { declareCommon, declareRpc, declareSubscription, shortType, Topology } from './topology.js';
