import type { Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';

/** Which cookie a session is for, and the hash of what the page must show with a plain one. */
export function plainCookies(engine: Engine): Migration {
  return {
    async up({ schema }) {
      await schema
        .alterTable('sessions')
        .addColumn('plain_cookie', 'integer', (c) => c.notNull().defaultTo(0))
        .execute();
      await schema.alterTable('sessions').addColumn('page_hash', keyText(engine)).execute();
      await schema.createIndex('sessions_by_page').on('sessions').column('page_hash').execute();
    },
  };
}
