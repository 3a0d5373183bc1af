/**
 * For a session whose every query looks rows up by a key. A plan prepared while a table was new and empty would read the
 * whole of it for as long as nobody analyzes it (measured: 17 ms for 50 rows, and growing), so that is not offered.
 */
export const LOOK_UP_BY_KEY = 'SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off';
