/** `json` and the head of a one-dimensional array, as PostgreSQL's `array_recv` takes them. */
const OID_OF_JSON = 114;
const HEAD_BYTES = 20;
/** Room for the length of an element. */
const LENGTH = '\0\0\0\0';

/**
 * Documents as one parameter of type `json[]`, in PostgreSQL's binary format, to be unnested beside what else a row has.
 * As a value within a JSON parameter each would be gone through three times: to check the parameter, to take it apart, to
 * check the value (a row with 1.5 KB: 15 µs of PostgreSQL's CPU, 9 this way; 47 µs of ours as an array in text).
 * @param documents `undefined` is NULL, `null` the JSON text `null`
 */
export function jsonArray(documents: readonly unknown[]): Buffer {
  const texts = documents.map((document): string | undefined => JSON.stringify(document));
  // Written as one piece, with room for the lengths: a call for each document costs more than the copying.
  const piece = texts.map((text = '') => LENGTH + text).join('');
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + Buffer.byteLength(piece));
  bytes.write(piece, HEAD_BYTES);
  const ascii = bytes.length === HEAD_BYTES + piece.length;
  const head = [1, texts.includes(undefined) ? 1 : 0, OID_OF_JSON, documents.length, 1];
  let at = head.reduce((offset, value) => bytes.writeInt32BE(value, offset), 0);
  for (const text of texts) {
    const length = text === undefined ? -1 : ascii ? text.length : Buffer.byteLength(text);
    at = bytes.writeInt32BE(length, at) + Math.max(0, length);
  }
  return bytes;
}
