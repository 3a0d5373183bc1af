import { arrayOfTexts } from './binary-array.js';

const JSON_TYPE = 114;

/**
 * Documents as one parameter of type `json[]`, in PostgreSQL's binary format, to be unnested beside what else a row has.
 * As a value within a JSON parameter each would be gone through three times: to check the parameter, to take it apart, to
 * check the value (a row with 1.5 KB: 15 µs of PostgreSQL's CPU, 9 this way; 47 µs of ours as an array in text).
 * @param documents `undefined` is NULL, `null` the JSON text `null`
 */
export function jsonArray(documents: readonly unknown[]): Buffer {
  return arrayOfTexts(
    JSON_TYPE,
    documents.map((document): string | undefined => JSON.stringify(document)),
  );
}
