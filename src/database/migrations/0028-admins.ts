import type { Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';

/** Who may see what everybody did: so far the first user. And when keys were last used. */
export function admins(engine: Engine): Migration {
  return {
    async up(db) {
      await db.schema
        .alterTable('users')
        .addColumn('is_admin', 'integer', (c) => c.notNull().defaultTo(0))
        .execute();
      await db.updateTable('users').set({ is_admin: 1 }).where('name', '=', 'owner').execute();
      await db.schema.alterTable('api_keys').addColumn('last_used_at', keyText(engine)).execute();
    },
  };
}
