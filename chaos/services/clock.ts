import { readFileSync } from 'node:fs';

/**
 * Preloaded (`node --import`) into the services of a chaos run: SIGUSR2 sets their wall clock by as many milliseconds
 * as the file named by CHAOS_CLOCK_FILE says. Timers go on as ever, as they do when an operator or NTP sets a clock.
 */
const RealDate = Date;
let offset = 0;

class ShiftedDate extends RealDate {
  constructor(...given: readonly unknown[]) {
    if (given.length === 0) super(RealDate.now() + offset);
    else super(...(given as [number]));
  }

  static override now(): number {
    return RealDate.now() + offset;
  }
}

const file = process.env.CHAOS_CLOCK_FILE;
if (file !== undefined) {
  process.on('SIGUSR2', () => {
    offset = Number(readFileSync(file, 'utf8'));
  });
  globalThis.Date = ShiftedDate as DateConstructor;
}
