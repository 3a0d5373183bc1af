import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const PAGE_BYTES = 4_096;

/** Who runs a server: its system user when this program is root, else whoever runs this program. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The account of a system user; nothing when this program may not become another. @throws Error when there is no such user */
export async function accountOf(user: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((entry) => entry.startsWith(`${user}:`));
  if (line === undefined) throw new Error(`there is no system user "${user}"; install its package first`);
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

/** Runs a program to its end. @returns what it printed @throws Error with what it complained of */
export function runProgram(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; account?: Account | undefined; timeoutMs?: number } = {},
): Promise<string> {
  const { account, timeoutMs = 60_000, ...rest } = options;
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { ...rest, ...account, timeout: timeoutMs, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')}: ${(stderr || stdout || error.message).trim().slice(-2_000)}`));
    });
  });
}

/** A process started here, ended by its own id only. */
export class Program {
  readonly child: ChildProcess;
  /** The last that it printed. */
  output = '';

  constructor(command: string, args: readonly string[], options: SpawnOptions & { account?: Account | undefined }) {
    const { account, ...rest } = options;
    this.child = spawn(command, [...args], { ...rest, ...account, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-20_000);
    };
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
    this.child.on('error', (error) => keep(Buffer.from(error.message)));
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Memory that it holds now, bytes; 0 where it does not run, or where there is no /proc. */
  get memory(): number {
    if (!this.running) return 0;
    try {
      return PAGE_BYTES * Number(readFileSync(`/proc/${this.pid}/statm`, 'utf8').split(' ')[1]);
    } catch {
      return 0;
    }
  }

  /** @param group the process group it leads as well @returns once it has ended */
  async signal(signal: NodeJS.Signals, group = false): Promise<void> {
    if (!this.running) return;
    const ended = once(this.child, 'exit');
    this.send(signal, group);
    await ended;
  }

  /** Sends a signal, if it runs, and does not wait. */
  send(signal: NodeJS.Signals, group = false): void {
    if (!this.running) return;
    try {
      process.kill(group ? -this.pid : this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Asks it to end, and makes it after a while. */
  async end(graceMs: number, group = false): Promise<void> {
    const timer = setTimeout(() => this.send('SIGKILL', group), graceMs);
    await this.signal('SIGTERM', group);
    clearTimeout(timer);
  }
}
