import type { Migration } from 'kysely';
import { keyText, rowNumber, type Engine } from '#database/engine.ts';

/** The tools of servers, and the words to find them by. */
export function toolTables(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up({ schema }) {
      await schema
        .createTable('tools')
        .addColumn('rid', rowNumber(engine))
        .addColumn('server_rid', 'bigint', (c) => c.notNull().references('servers.rid').onDelete('cascade'))
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('title', 'text')
        .addColumn('description', 'text')
        .addColumn('input_schema', 'text', (c) => c.notNull())
        .execute();
      await schema.createIndex('tools_by_server').on('tools').columns(['server_rid', 'rid']).execute();
      await schema
        .createTable('tool_postings')
        .addColumn('term', key, (c) => c.notNull())
        .addColumn('weight', 'integer', (c) => c.notNull())
        .addColumn('rid', 'bigint', (c) => c.notNull().references('tools.rid').onDelete('cascade'))
        .addPrimaryKeyConstraint('tool_postings_key', ['term', 'weight', 'rid'])
        .execute();
      await schema
        .createIndex('tool_postings_by_tool')
        .on('tool_postings')
        .columns(['rid', 'term', 'weight'])
        .execute();
      await schema
        .createTable('tool_variants')
        .addColumn('variant', key, (c) => c.notNull())
        .addColumn('word', key, (c) => c.notNull())
        .addPrimaryKeyConstraint('tool_variants_key', ['variant', 'word'])
        .execute();
      await schema.createIndex('tool_variants_by_word').on('tool_variants').column('word').execute();
    },
  };
}
