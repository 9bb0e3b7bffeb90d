import type { Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';

/** Organizations, which own things as users do, their members, and users who may no longer do anything. */
export function people(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up({ schema }) {
      await schema
        .alterTable('users')
        .addColumn('kind', key, (c) => c.notNull().defaultTo('user'))
        .execute();
      await schema.alterTable('users').addColumn('disabled_at', key).execute();
      await schema
        .createTable('organization_members')
        .addColumn('organization_id', key, (c) => c.notNull().references('users.id').onDelete('cascade'))
        .addColumn('user_id', key, (c) => c.notNull().references('users.id').onDelete('cascade'))
        .addColumn('role', 'text', (c) => c.notNull())
        .addColumn('created_at', key, (c) => c.notNull())
        .addPrimaryKeyConstraint('organization_members_key', ['organization_id', 'user_id'])
        .execute();
      await schema
        .createIndex('organization_members_by_user')
        .on('organization_members')
        .columns(['user_id', 'organization_id', 'role'])
        .execute();
    },
  };
}
