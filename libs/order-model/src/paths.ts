/**
 * The tokens of a keyed path (JSON Pointer, RFC 6901 §3): `''` has none, `/a~1b/c` has `a/b` and `c`. Total: a text
 * without the leading `/` is read as if it had one.
 */
export function parsePath(path: string): readonly string[] {
  if (path !== last.path) last = { path, tokens: tokensOf(path) };
  return last.tokens;
}

/** The merge of one change asks five times for the tokens of its path. */
let last: { readonly path: string; readonly tokens: readonly string[] } = { path: '', tokens: [] };

function tokensOf(path: string): readonly string[] {
  if (path === '') return [];
  const tokens = (path.startsWith('/') ? path.slice(1) : path).split('/');
  return path.includes('~') ? tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~')) : tokens;
}

/** The keyed path of these tokens, escaped as RFC 6901 §3 says; no tokens give `''`, the whole. */
export function formatPath(tokens: readonly string[]): string {
  let path = '';
  for (const token of tokens) path += `/${escapeToken(token)}`;
  return path;
}

/** One token as it stands in a path. */
export function escapeToken(token: string): string {
  return /[~/]/.test(token) ? token.replaceAll('~', '~0').replaceAll('/', '~1') : token;
}
