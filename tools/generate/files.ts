import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file that is made from the code and checked in; its path is relative to the repository. */
export interface Generated {
  readonly file: string;
  readonly document: object;
}

function rootOf(directory: string): string {
  return existsSync(join(directory, 'package.json')) ? directory : rootOf(dirname(directory));
}

/** The repository, whether this runs from its sources or from `dist/`. */
export const ROOT = rootOf(dirname(fileURLToPath(import.meta.url)));

/** Whether a module is the program that Node was asked to run. */
export function isMain(url: string): boolean {
  return process.argv[1] === fileURLToPath(url);
}

const WIDTH = 140;
const SHORT_LIST = /^(.*)\[\n((?:\s+(?:"(?:[^"\\]|\\.)*"|[\w.+-]+),?\n)+)\s+\](,?)$/gm;

/** JSON as the formatter leaves it: two spaces, a list of texts or numbers on one line where it fits. */
function textOf(document: object): string {
  const text = JSON.stringify(document, undefined, 2);
  const oneLine = (whole: string, before: string, elements: string, comma: string): string => {
    const line = `${before}[${elements.trim().replaceAll(/,\n\s+/g, ', ')}]${comma}`;
    return line.length <= WIDTH ? line : whole;
  };
  return `${text.replaceAll(SHORT_LIST, oneLine)}\n`;
}

/**
 * Writes the files; with `--check` says which are stale instead.
 * @returns exit status
 */
export async function runGenerator(files: readonly Generated[], args: readonly string[]): Promise<number> {
  let status = 0;
  for (const { file, document } of files) {
    const path = join(ROOT, file);
    const there = await readFile(path, 'utf8').catch(() => undefined);
    if (there === textOf(document)) continue;
    if (args.includes('--check')) {
      process.stderr.write(`${file} is ${there === undefined ? 'missing' : 'stale'}: npm run generate\n`);
      status = 1;
    } else {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, textOf(document));
      process.stdout.write(`${file} written\n`);
    }
  }
  return status;
}
