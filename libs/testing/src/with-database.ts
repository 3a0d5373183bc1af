import type { afterAll, beforeAll } from '@jest/globals';
import { createDatabase, createTemplateDatabase, type Migrate, type TemplateDatabase, type TestDatabase } from './databases.js';

const SET_UP_MS = 60_000;

/**
 * A migrated database for the test file (or `describe`) that calls this, made before its tests and dropped after.
 * @param migrate brings an empty database at `url` to the shape under test
 * @param service a name under which several files share one migrated template they are cloned from; it must stand for
 * the same migrations everywhere
 */
export function withDatabase(migrate: Migrate, service?: string): { readonly url: string; readonly name: string } {
  // The globals, not the import: `@jest/globals` throws where this lib is used outside of Jest (chaos, bench).
  const jest = globalThis as unknown as { beforeAll: typeof beforeAll; afterAll: typeof afterAll };
  let database: TestDatabase | undefined;
  let template: TemplateDatabase | undefined;
  jest.beforeAll(async () => {
    if (service === undefined) database = await createDatabase(migrate);
    else {
      template = await createTemplateDatabase(service, migrate);
      database = await template.cloneDatabase();
    }
  }, SET_UP_MS);
  jest.afterAll(async () => {
    await database?.drop();
    await template?.release();
  }, SET_UP_MS);
  const made = (): TestDatabase => {
    if (!database) throw new Error('the database is there from beforeAll to afterAll');
    return database;
  };
  return {
    get url() {
      return made().url;
    },
    get name() {
      return made().name;
    },
  };
}
