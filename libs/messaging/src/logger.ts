import { Logger } from '@nestjs/common';

/** Where messaging says what happened. Nest's `Logger` fits. */
export interface MessagingLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The logger used when the caller gives none. */
export function defaultLogger(context: string): MessagingLogger {
  return new Logger(context);
}
