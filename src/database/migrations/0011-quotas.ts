import type { Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';

/** What owners may have more or less of than others. Whoever has no row has what everybody has. */
export function quotas(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up({ schema }) {
      await schema
        .createTable('owner_quotas')
        .addColumn('owner_id', key, (c) => c.notNull().references('users.id').onDelete('cascade'))
        .addColumn('kind', key, (c) => c.notNull())
        .addColumn('amount', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('owner_quotas_key', ['owner_id', 'kind'])
        .execute();
    },
  };
}
