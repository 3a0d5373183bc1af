import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Json, JsonObject } from '#order-model';
import { isObject, type Scenario, scenarioOf } from './scenario.js';
import { type ScenarioFault, scenarioFaults } from './shape.js';

export type Loaded =
  | { readonly file: string; readonly scenario: Scenario }
  | { readonly file: string; readonly faults: readonly ScenarioFault[] };

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a folder, not a file',
  EACCES: 'may not be read by this user',
};

type Read = { readonly json: Json } | { readonly detail: string };

async function readJson(file: string): Promise<Read> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { detail: UNREADABLE[code ?? ''] ?? `cannot be read (${message})` };
  }
  try {
    return { json: JSON.parse(text.replace(/^\uFEFF/, '')) as Json };
  } catch (error) {
    return { detail: `is not JSON: ${(error as Error).message}` };
  }
}

async function orderOf(order: JsonObject, file: string): Promise<{ order: JsonObject } | { fault: ScenarioFault }> {
  if (typeof order.$file !== 'string') return { order };
  const path = resolve(dirname(file), order.$file);
  const read = await readJson(path);
  if ('detail' in read) return { fault: { pointer: '/order/$file', detail: `${path} ${read.detail}` } };
  if (!isObject(read.json)) return { fault: { pointer: '/order/$file', detail: `${path} holds no order: it must be a JSON object` } };
  return { order: read.json };
}

/** Reads one scenario file and the order it names; never throws. */
export async function loadScenario(file: string): Promise<Loaded> {
  const read = await readJson(file);
  if ('detail' in read) return { file, faults: [{ pointer: '', detail: read.detail }] };
  const faults = scenarioFaults(read.json);
  if (faults.length > 0) return { file, faults };
  const document = read.json as JsonObject;
  const named = await orderOf(document.order as JsonObject, file);
  return 'fault' in named ? { file, faults: [named.fault] } : { file, scenario: scenarioOf(document, named.order) };
}
