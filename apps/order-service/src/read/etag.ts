import { ProblemError } from '#platform';

/** The entity tag of a base version (RFC 9110 §8.8.3). */
export function etag(version: number): string {
  return `"${version}"`;
}

/** The version an `If-Match` names; `undefined` without one or with `*`. @throws ProblemError 400 */
export function readIfMatch(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const version = /^\s*(?:W\/)?"(\d{1,9})"\s*$/.exec(header)?.[1];
  if (version === undefined) throw new ProblemError(400, 'invalid-header', 'If-Match must be the ETag of a GET of this order');
  return Number(version);
}
