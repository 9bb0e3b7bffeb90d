import type { ColumnDefinitionBuilder, Migration } from 'kysely';
import { keyText, rowNumber, type Engine } from '#database/engine.ts';

const required = (column: ColumnDefinitionBuilder) => column.notNull();

/** Names held for their former owners, the values of secrets, skills and the words to find them by. */
export function namesAndSkills(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up({ schema }) {
      await schema
        .createTable('name_holds')
        .addColumn('kind', key, required)
        .addColumn('name', key, required)
        .addColumn('owner_id', key, (c) => c.notNull().references('users.id').onDelete('cascade'))
        .addColumn('until', key, required)
        .addColumn('moved_to', key)
        .addPrimaryKeyConstraint('name_holds_key', ['kind', 'name'])
        .execute();
      await schema.createIndex('name_holds_by_place').on('name_holds').column('moved_to').execute();
      await schema.createIndex('name_holds_by_end').on('name_holds').column('until').execute();

      await schema.alterTable('secrets').addColumn('sealed', 'text').execute();

      await schema
        .createTable('skills')
        .addColumn('rid', rowNumber(engine))
        .addColumn('id', key, (c) => c.notNull().unique())
        .addColumn('namespace', key, (c) => c.notNull().references('namespaces.name'))
        .addColumn('slug', key, required)
        .addColumn('qualified_name', key, (c) => c.notNull().unique())
        .addColumn('display_name', 'text', required)
        .addColumn('description', 'text', required)
        .addColumn('category', key)
        .addColumn('git_url', key, (c) => c.unique())
        .addColumn('bundle_hash', key)
        .addColumn('bundle_size', 'bigint')
        .addColumn('bundle_folder', 'text')
        .addColumn('listed', 'integer', required)
        .addColumn('created_at', key, required)
        .addColumn('updated_at', key, required)
        .addColumn('prompt', 'text', required)
        .execute();
      await schema
        .createIndex('skills_by_namespace')
        .on('skills')
        .columns(['namespace', 'qualified_name', 'listed'])
        .execute();
      await schema
        .createIndex('skills_by_category')
        .on('skills')
        .columns(['category', 'qualified_name'])
        .execute();
      await schema.createIndex('skills_by_bundle').on('skills').column('bundle_hash').execute();

      await schema
        .createTable('skill_postings')
        .addColumn('term', key, required)
        .addColumn('weight', 'integer', required)
        .addColumn('rid', 'bigint', (c) => c.notNull().references('skills.rid').onDelete('cascade'))
        .addPrimaryKeyConstraint('skill_postings_key', ['term', 'weight', 'rid'])
        .execute();
      await schema
        .createIndex('skill_postings_by_skill')
        .on('skill_postings')
        .columns(['rid', 'term', 'weight'])
        .execute();
      await schema
        .createTable('skill_variants')
        .addColumn('variant', key, required)
        .addColumn('word', key, required)
        .addPrimaryKeyConstraint('skill_variants_key', ['variant', 'word'])
        .execute();
      await schema.createIndex('skill_variants_by_word').on('skill_variants').column('word').execute();
    },
  };
}
