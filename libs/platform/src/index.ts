export { type BodyClass, CheckedBody, readBody } from './body.js';
export { commitWith, type Ending } from './commit-with.js';
export { readConfig, readInteger, type ServiceConfig } from './config.js';
export { DatabaseModule, type DatabaseOptions, openDatabase } from './database.module.js';
export { deadLetterTablesSql } from './dead-letter.store.js';
export { DeadLettersService, SCHEMA_OF_SERVICE } from './dead-letters.service.js';
export { GroupCommit, type GroupOptions, restAfterMany, type Settled } from './group-commit.js';
export { createHttpApplication } from './http.js';
export {
  idempotencyTableSql,
  keyReused,
  type Remembered,
  readIdempotencyKey,
  recallKeys,
  rememberKeys,
  rememberKeysStatement,
  requestHash,
} from './idempotency.store.js';
export { newId } from './new-id.js';
export { openApiDocument } from './openapi.js';
export { OPERATOR_CONTROLLERS } from './operators.js';
export { countedAfter, nextLink, type Page, pageOf, readOffsetPage, readPage } from './paging.js';
export { POLICY } from './policy.js';
export { PreparingClient } from './prepared.js';
export { ProblemFilter, toProblem } from './problem.filter.js';
export { invalidBody, notFound, PROBLEM_BASE, ProblemError, type ProblemFault, problemDocument, unavailable } from './problem.js';
export { type Service, serve } from './serve.js';
export { SettingError } from './setting-error.js';
