import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { Bell, GrowingWait, pause, unlessAborted, within } from '../src/waiting.js';

const never = (): Promise<never> => new Promise(() => undefined);

describe('Bell', () => {
  test('given a ring with nobody waiting, when waited for, then it is heard once', async () => {
    const bell = new Bell();
    bell.ring();
    bell.ring();
    await bell.heard();
    expect(
      await within(
        10,
        bell.heard().then(() => 'heard'),
      ),
    ).toBeUndefined();
  });

  test('given somebody waiting, when rung, then it is heard', async () => {
    const bell = new Bell();
    const heard = bell.heard();
    bell.ring();
    await heard;
  });

  test('given a limit, when nobody rings, then the wait ends and leaves no ring behind', async () => {
    const bell = new Bell();
    await bell.heard(1);
    expect(
      await within(
        10,
        bell.heard().then(() => 'heard'),
      ),
    ).toBeUndefined();
  });
});

describe('GrowingWait', () => {
  test('given any number of waits, when asked, then each is the double of the last, up to the maximum, less a quarter at most', () => {
    const waits = new GrowingWait(100, 1_000);
    for (const full of [100, 200, 400, 800, 1_000, 1_000]) {
      const wait = waits.next();
      expect(wait).toBeGreaterThanOrEqual(full * 0.75);
      expect(wait).toBeLessThanOrEqual(full);
    }
  });

  test('given grown waits, when reset, then they begin anew', () => {
    const waits = new GrowingWait(100, 1_000);
    for (let count = 0; count < 5; count++) waits.next();
    waits.reset();
    expect(waits.next()).toBeLessThanOrEqual(100);
  });
});

describe('pause, within and unlessAborted', () => {
  test('given a signal, when it is aborted, then the pause ends and no listener stays', async () => {
    const stop = new AbortController();
    const paused = pause(60_000, stop.signal);
    stop.abort();
    await paused;
    await pause(60_000, stop.signal);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  test('given a promise, when it settles in time, then its outcome is given; when not, nothing is', async () => {
    expect(await within(1_000, Promise.resolve(5))).toBe(5);
    await expect(within(1_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await within(1, never())).toBeUndefined();
  });

  test('given a signal, when it is aborted first, then its reason is thrown', async () => {
    const stop = new AbortController();
    const waiting = unlessAborted(stop.signal, never());
    stop.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
    await expect(unlessAborted(stop.signal, never())).rejects.toThrow('stopping');
  });

  test('given a grace, when the promise settles within it after the abort, then its outcome is given', async () => {
    const stop = new AbortController();
    const waiting = unlessAborted(
      stop.signal,
      pause(5).then(() => 'done'),
      60_000,
    );
    stop.abort(new Error('stopping'));
    expect(await waiting).toBe('done');
    await expect(unlessAborted(stop.signal, never(), 1)).rejects.toThrow('stopping');
  });

  test('given a signal that lives long, when many promises were waited for with it, then no listener stays', async () => {
    const { signal } = new AbortController();
    for (let count = 0; count < 100; count++) await unlessAborted(signal, Promise.resolve());
    await expect(unlessAborted(signal, Promise.reject(new Error('no')))).rejects.toThrow('no');
    await pause(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});
