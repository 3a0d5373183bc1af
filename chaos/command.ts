import { setMaxListeners } from 'node:events';

const INTERRUPTED = 'interrupted';

/** A line for whoever runs the command. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Runs a command that has started servers of its own, and ends the process with the status it gives.
 * @param main ends what it has started when the signal is aborted: by Ctrl-C, SIGTERM, SIGHUP, or whatever goes wrong here
 */
export function runCommand(main: (signal: AbortSignal) => Promise<number>): void {
  const stopping = new AbortController();
  // Everything that waits listens to it.
  setMaxListeners(0, stopping.signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort(new Error(INTERRUPTED)));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, (error: Error) => stopping.abort(error));
  main(stopping.signal).then(
    (status) => process.exit(status),
    (error: Error) => {
      const interrupted = stopping.signal.aborted && (stopping.signal.reason as Error).message === INTERRUPTED;
      process.stderr.write(`${interrupted ? INTERRUPTED : (error.stack ?? error.message)}\n`);
      process.exit(interrupted ? 130 : 1);
    },
  );
}
