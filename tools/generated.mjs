/**
 * A file that is made from the code and checked in.
 * @typedef {object} GeneratedFile
 * @property {string} file where it is checked in
 * @property {readonly string[]} by arguments of Node that print it: what is built is in dist/
 */

/**
 * Every such file; `npm run check` compares them, `npm run generate` writes them.
 * @type {readonly GeneratedFile[]}
 */
export const GENERATED = [];
