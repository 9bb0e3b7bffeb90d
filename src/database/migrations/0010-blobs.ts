import type { Migration } from 'kysely';
import { blob, keyText, type Engine } from '#database/engine.ts';

/** Bundles in the database, and which secrets were lost. */
export function blobs(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up({ schema }) {
      await schema
        .createTable('blobs')
        .addColumn('id', key, (c) => c.primaryKey())
        .addColumn('hash', key, (c) => c.unique())
        .addColumn('size', 'bigint', (c) => c.notNull())
        .addColumn('put_at', key, (c) => c.notNull())
        .addColumn('forgotten_at', key)
        .execute();
      await schema
        .createTable('blob_chunks')
        .addColumn('blob_id', key, (c) => c.notNull().references('blobs.id').onDelete('cascade'))
        .addColumn('seq', 'integer', (c) => c.notNull())
        .addColumn('bytes', blob(engine), (c) => c.notNull())
        .addPrimaryKeyConstraint('blob_chunks_key', ['blob_id', 'seq'])
        .execute();
      await schema.alterTable('secrets').addColumn('lost_at', 'text').execute();
    },
  };
}
