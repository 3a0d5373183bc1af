import { expect, test } from '@jest/globals';
import { Ending, Interrupted } from './ending.mjs';
import { lastLine, pause, run } from './process.mjs';
import { Progress } from './progress.mjs';

test('what was done last is undone first, and one that fails does not keep the others', async () => {
  const undone: string[] = [];
  const ending = new Ending();
  ending.add('first', () => undone.push('first'));
  ending.add('second', async () => void undone.push('second'));
  expect(await ending.run()).toBe(true);
  expect(undone).toEqual(['second', 'first']);
  expect(await ending.run()).toBe(true);
  expect(undone).toHaveLength(2);
});

test('an interrupt ends what waits and what runs', async () => {
  const ending = new Ending();
  const waits = pause(60_000, ending.signal);
  const runs = run(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { signal: ending.signal });
  ending.interrupt();
  await expect(waits).rejects.toBeInstanceOf(Interrupted);
  await expect(runs).rejects.toBeInstanceOf(Interrupted);
  await expect(ending.interrupted()).resolves.toBeUndefined();
});

test('a program gives its status and what it printed', async () => {
  expect(await run(process.execPath, ['-e', 'console.log("out"); console.error("err"); process.exitCode = 3'])).toEqual({
    code: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

test('a program that does not exist is 127, one that takes too long 124', async () => {
  expect((await run('no-such-program', [])).code).toBe(127);
  expect((await run(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { timeoutMs: 100 })).code).toBe(124);
});

test('a program that leaves a daemon behind is over when it ends itself', async () => {
  const script =
    'const c = require("node:child_process").spawn("sleep", ["3"], { stdio: "inherit", detached: true }); c.unref(); process.exit(0)';
  expect((await run(process.execPath, ['-e', script])).code).toBe(0);
});

test('the last line is the last that says something', () => {
  expect(lastLine('one\ntwo\n\n')).toBe('two');
  expect(lastLine('')).toBe('');
});

test('outside a terminal a quick step is one line, and a failed one none', async () => {
  const lines: string[] = [];
  const progress = new Progress({ write: (text: string) => lines.push(text) });
  expect(
    await progress.step(
      'Adding',
      async () => 2,
      (sum) => `the sum is ${sum}`,
    ),
  ).toBe(2);
  await expect(progress.step('Failing', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(lines).toEqual(['✓ the sum is 2\n']);
});

test('on a terminal the inner step is the one to see, and nothing of it stays', async () => {
  let text = '';
  const progress = new Progress({ write: (part: string) => (text += part), isTTY: true });
  await progress.step('Outer', () =>
    progress.step(
      'Inner',
      async () => undefined,
      () => undefined,
    ),
  );
  expect(text).toBe('\r\u001b[2K· Outer … 0 s\r\u001b[2K· Inner … 0 s\r\u001b[2K\r\u001b[2K✓ Outer\n');
});
