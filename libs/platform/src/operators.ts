import { DeadLettersController } from './dead-letters.controller.js';
import { OutboxController } from './outbox.controller.js';

/** Endpoints for operators, the same in every service. */
export const OPERATOR_CONTROLLERS = [OutboxController, DeadLettersController];
