import { spawn } from 'node:child_process';
import { Interrupted } from './ending.mjs';

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {AbortSignal} [signal] ends it (SIGTERM)
 * @property {number} [timeoutMs] after which it is killed
 * @property {boolean} [uninterruptible] Ctrl-C does not reach it: for what must not stop half-way
 * @property {'collect' | 'inherit'} [output] `collect` if not said
 */

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>} 127 where there is no such program, 124 when it
 * was killed for taking too long
 * @throws {Interrupted} when the signal ended it
 */
export function run(command, args, options = {}) {
  const { cwd, env, signal, timeoutMs, uninterruptible = false, output = 'collect' } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new Interrupted());
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      detached: uninterruptible,
      stdio: [
        'ignore',
        ...(output === 'inherit' ? /** @type {const} */ (['inherit', 'inherit']) : /** @type {const} */ (['pipe', 'pipe'])),
      ],
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const stop = () => void (uninterruptible || child.kill('SIGTERM'));
    signal?.addEventListener('abort', stop, { once: true });
    const finish = (/** @type {number} */ code) => {
      signal?.removeEventListener('abort', stop);
      child.stdout?.destroy();
      child.stderr?.destroy();
      if (signal?.aborted) reject(new Interrupted());
      else resolve({ code, stdout, stderr });
    };
    child.once('error', (error) => {
      stderr += error.message;
      finish(127);
    });
    child.once('close', (code, killedBy) => finish(code ?? (killedBy === 'SIGKILL' ? 124 : 1)));
    // A daemon that it starts may keep the pipes open for ever.
    child.once('exit', (code, killedBy) => setTimeout(finish, 500, code ?? (killedBy === 'SIGKILL' ? 124 : 1)).unref());
  });
}

/**
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 * @throws {Interrupted}
 */
export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new Interrupted());
    const stop = () => {
      clearTimeout(timer);
      reject(new Interrupted());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** @param {string} text @returns {string} its last line that says something */
export function lastLine(text) {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
