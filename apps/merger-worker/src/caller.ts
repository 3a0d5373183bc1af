/** Who is at the door, until callers are told apart. */
export const ANONYMOUS = 'anonymous';
