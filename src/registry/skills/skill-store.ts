import type { Kysely, Selectable } from 'kysely';
import { isUniqueViolation } from '#database/engine.ts';
import type { SkillRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { refuseGoneNamespace } from '#registry/names/owned-namespace.ts';
import { addToSearchIndex, forgetWords, termsOf, updateSearchIndex } from '#registry/search/search-index.ts';
import { skillWords } from '#registry/search/word-index.ts';
import type { SkillBundle } from '#registry/skill-sources/skill-bundle.ts';
import type { SkillDocument } from '#registry/skill-sources/skill-document.ts';

export type Skill = Selectable<SkillRow>;

export interface SkillName {
  namespace: string;
  slug: string;
}

/** What a skill is made of: one of the two is null. */
interface SkillContent {
  document: SkillDocument;
  gitUrl: string | null;
  bundle: SkillBundle | null;
}

/** The skill of this name, whoever owns it, and its owner. */
export async function findSkill(
  db: Kysely<Database>,
  name: SkillName,
): Promise<(Skill & { owner_id: string }) | undefined> {
  return db
    .selectFrom('skills')
    .innerJoin('namespaces', 'namespaces.name', 'skills.namespace')
    .selectAll('skills')
    .select('namespaces.owner_id')
    .where('qualified_name', '=', qualifiedNameOf(name))
    .executeTakeFirst();
}

/**
 * Makes a skill in a namespace that exists, or, where it may `replace`, gives the one that is there other contents and
 * keeps its id. Returns undefined where the Git URL is another skill's, or the name is taken and it may not.
 */
export async function saveSkill(
  db: Kysely<Database>,
  {
    name,
    content,
    id,
    now,
    replace,
  }: { name: SkillName; content: SkillContent; id: string; now: Date; replace: boolean },
): Promise<{ skill: Skill; isNew: boolean } | undefined> {
  const columns = { ...columnsOf(content), updated_at: now.toISOString() };
  const saving = db.transaction().execute(async (trx) => {
    const skill = await trx
      .insertInto('skills')
      .values({
        id,
        ...name,
        qualified_name: qualifiedNameOf(name),
        listed: 1,
        created_at: columns.updated_at,
        ...columns,
      })
      .$if(replace, (query) => query.onConflict((on) => on.column('qualified_name').doUpdateSet(columns)))
      .returningAll()
      .executeTakeFirstOrThrow();
    const isNew = skill.id === id;
    if (isNew) await addToSearchIndex(trx, [skill], skillWords);
    else await updateSearchIndex(trx, skill, skillWords);
    return { skill, isNew };
  });
  return saving.catch((error: unknown) =>
    isUniqueViolation(error) ? undefined : refuseGoneNamespace(error),
  );
}

/** Deletes a skill. Returns false where it is gone already. */
export async function deleteSkill(db: Kysely<Database>, rid: number): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const terms = await termsOf(trx, rid, skillWords);
    const deleted = await trx.deleteFrom('skills').where('rid', '=', rid).returning('rid').executeTakeFirst();
    if (deleted === undefined) return false;
    await forgetWords(trx, terms, skillWords);
    return true;
  });
}

/** Deletes every skill of a namespace. Belongs into the transaction that deletes the namespace. */
export async function deleteSkillsOf(trx: Kysely<Database>, namespace: string): Promise<void> {
  const terms = await trx
    .selectFrom('skill_postings')
    .innerJoin('skills', 'skills.rid', 'skill_postings.rid')
    .select('term')
    .distinct()
    .where('skills.namespace', '=', namespace)
    .execute();
  await trx.deleteFrom('skills').where('namespace', '=', namespace).execute();
  await forgetWords(
    trx,
    terms.map(({ term }) => term),
    skillWords,
  );
}

function qualifiedNameOf({ namespace, slug }: SkillName): string {
  return `${namespace}/${slug}`;
}

function columnsOf({ document, gitUrl, bundle }: SkillContent) {
  return {
    display_name: document.name,
    description: document.description,
    category: document.category,
    prompt: document.prompt,
    git_url: gitUrl,
    bundle_hash: bundle?.hash ?? null,
    bundle_size: bundle?.size ?? null,
    bundle_folder: bundle?.folder ?? null,
  };
}
