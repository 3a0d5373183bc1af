/**
 * What makes the files that are made from the code and checked in: programs in dist/ that write their files, or with
 * `--check` say on stderr which are stale and exit with 1. `npm run generate` and `npm run check` run every one.
 * @type {readonly string[]}
 */
export const GENERATORS = ['dist/tools/generate/asyncapi.js', 'dist/tools/generate/openapi.js'];
