import type { Migration } from 'kysely';
import { keyText, rowNumber, type Engine } from '#database/engine.ts';

/**
 * What runtime logs are searched and counted by. Calls that say the same words share one phrase: the words of a server
 * stay few however many calls there are, and calls are counted an hour and a phrase.
 */
export function invocationIndex(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up({ schema }) {
      await schema
        .createTable('log_phrases')
        .addColumn('rid', rowNumber(engine))
        .addColumn('server_rid', 'bigint', (c) => c.notNull().references('servers.rid').onDelete('cascade'))
        .addColumn('hash', key, (c) => c.notNull())
        .addColumn('newest_at', key, (c) => c.notNull())
        .addUniqueConstraint('log_phrases_by_hash', ['server_rid', 'hash'])
        .execute();
      await schema.createIndex('log_phrases_by_newest').on('log_phrases').column('newest_at').execute();
      await schema
        .createTable('log_words')
        .addColumn('server_rid', 'bigint', (c) => c.notNull())
        .addColumn('word', key, (c) => c.notNull())
        .addColumn('phrase_rid', 'bigint', (c) =>
          c.notNull().references('log_phrases.rid').onDelete('cascade'),
        )
        .addPrimaryKeyConstraint('log_words_key', ['server_rid', 'word', 'phrase_rid'])
        .execute();
      await schema.createIndex('log_words_by_phrase').on('log_words').column('phrase_rid').execute();
      await schema
        .createTable('invocation_counts')
        .addColumn('server_rid', 'bigint', (c) => c.notNull().references('servers.rid').onDelete('cascade'))
        .addColumn('phrase_rid', 'bigint', (c) => c.notNull())
        .addColumn('hour', key, (c) => c.notNull())
        .addColumn('calls', 'bigint', (c) => c.notNull())
        .addColumn('bytes', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('invocation_counts_key', ['server_rid', 'phrase_rid', 'hour'])
        .execute();
      await schema
        .createIndex('invocation_counts_by_hour')
        .on('invocation_counts')
        .columns(['hour', 'phrase_rid', 'bytes'])
        .execute();
      // Null for calls of an older version: the registry files them when it starts.
      await schema.alterTable('invocations').addColumn('phrase_rid', 'bigint').execute();
      await schema.alterTable('invocations').dropColumn('search_text').execute();
      await schema
        .createIndex('invocations_by_phrase')
        .on('invocations')
        .columns(['phrase_rid', 'timestamp desc', 'id'])
        .execute();
    },
  };
}
