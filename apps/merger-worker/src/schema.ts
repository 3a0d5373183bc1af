/** The schema of this service; nothing else reads it. */
export const SCHEMA = 'merger_worker';
