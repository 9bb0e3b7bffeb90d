import type { Kysely, Selectable } from 'kysely';
import { isUniqueViolation } from '#database/engine.ts';
import type { SkillRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Change } from '#registry/audit/audit-log.ts';
import type { Author } from '#registry/audit/author.ts';
import { changedFields } from '#registry/audit/field-changes.ts';
import { writeNamespaceChange } from '#registry/audit/server-audit.ts';
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
    by,
    id,
    now,
    replace,
  }: { name: SkillName; content: SkillContent; by: Author; id: string; now: Date; replace: boolean },
): Promise<{ skill: Skill; isNew: boolean } | undefined> {
  const columns = { ...columnsOf(content), updated_at: now.toISOString() };
  const saving = db.transaction().execute(async (trx) => {
    const before = await toldSkill(trx, name);
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
    const changes = changedFields(before ?? {}, tellSkill(skill));
    await writeSkillChange(trx, skill, { action: 'skill.set', by, now, changes });
    return { skill, isNew };
  });
  return saving.catch((error: unknown) =>
    isUniqueViolation(error) ? undefined : refuseGoneNamespace(error),
  );
}

/** Deletes a skill. Returns false where it is gone already. */
export async function deleteSkill(
  db: Kysely<Database>,
  { rid, by, now }: { rid: number; by: Author; now: Date },
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const terms = await termsOf(trx, rid, skillWords);
    const deleted = await trx
      .deleteFrom('skills')
      .where('rid', '=', rid)
      .returning(['id', 'namespace', 'qualified_name', 'display_name'])
      .executeTakeFirst();
    if (deleted === undefined) return false;
    await forgetWords(trx, terms, skillWords);
    const changes = [{ field: 'displayName', before: deleted.display_name, after: null }];
    await writeSkillChange(trx, deleted, { action: 'skill.delete', by, now, changes });
    return true;
  });
}

/** Deletes every skill of a namespace, and returns how many. Belongs into the transaction that deletes the namespace. */
export async function deleteSkillsOf(trx: Kysely<Database>, namespace: string): Promise<number> {
  const terms = await trx
    .selectFrom('skill_postings')
    .innerJoin('skills', 'skills.rid', 'skill_postings.rid')
    .select('term')
    .distinct()
    .where('skills.namespace', '=', namespace)
    .execute();
  const { numDeletedRows } = await trx
    .deleteFrom('skills')
    .where('namespace', '=', namespace)
    .executeTakeFirstOrThrow();
  await forgetWords(
    trx,
    terms.map(({ term }) => term),
    skillWords,
  );
  return Number(numDeletedRows);
}

async function writeSkillChange(
  trx: Kysely<Database>,
  { id, namespace, qualified_name }: Pick<Skill, 'id' | 'namespace' | 'qualified_name'>,
  change: Pick<Change, 'action' | 'by' | 'now' | 'changes'>,
): Promise<void> {
  await writeNamespaceChange(trx, { ...change, target: qualified_name, targetId: id, namespace });
}

async function toldSkill(trx: Kysely<Database>, name: SkillName) {
  const skill = await trx
    .selectFrom('skills')
    .selectAll()
    .where('qualified_name', '=', qualifiedNameOf(name))
    .executeTakeFirst();
  return skill && tellSkill(skill);
}

function tellSkill({ display_name, description, category, git_url, bundle_hash }: Skill) {
  return { displayName: display_name, description, category, gitUrl: git_url, bundle: bundle_hash };
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
