import { randomUUID } from 'node:crypto';
import type { Insertable, Kysely } from 'kysely';
import { nameKey } from '#contract/name-order.ts';
import type { ReleaseRow, ServerRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { keepStates } from '#registry/owned-servers/server-facts.ts';
import { createRandom } from '#registry/samples/random.ts';
import { addToSearchIndex } from '#registry/search/search-index.ts';

const BATCH = 500;
const RELEASES = 20;
const LOG_LINES = 200;

// 40 × 40 names and a description of eight words: postings as long as in a real registry, and unequal.
const WORDS =
  'weather calendar mail search archive notes tickets billing maps music photos travel news stocks garden recipe fitness bank school hotel train flight parcel invoice contract translate speech vision graph vector queue cache storage deploy monitor alert trace build review'.split(
    ' ',
  );

export interface FillOptions {
  ownerId: string;
  /** How many servers; a fifth of them in the first namespace. */
  count: number;
  /** Names of namespaces that are made for them. */
  namespaces: string[];
  now: Date;
  /** True where each has a release. */
  released?: boolean;
}

/** Fills a registry with servers and its search index, in batches, as fast as ordinary inserts go. */
export async function fillRegistry(
  db: Kysely<Database>,
  { ownerId, count, namespaces, now, released = false }: FillOptions,
): Promise<void> {
  // The same servers in every run.
  const chance = createRandom(count);
  const random = (): number => chance.next();
  const created = now.toISOString();
  await db
    .insertInto('namespaces')
    .values(namespaces.map((name) => ({ name, owner_id: ownerId, created_at: created })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // Another version's table may lack the newest columns.
  const tables = await db.introspection.getTables();
  const columns = new Set(
    tables.find(({ name }) => name === 'servers')?.columns.map((column) => column.name),
  );
  for (let start = 0; start < count; start += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, count - start) }, (_, index) =>
      serverRow(start + index, namespaceOf(start + index, namespaces), random, created),
    );
    await db.transaction().execute(async (transaction) => {
      const inserted = await transaction
        .insertInto('servers')
        .values(rows.map((row) => onlyColumns(row, columns)))
        .returning(['rid', 'qualified_name', 'display_name', 'description'])
        .execute();
      await addToSearchIndex(transaction, inserted);
      if (!released) return;
      await transaction
        .insertInto('releases')
        .values(inserted.map(({ rid }) => releaseRow(rid, created)))
        .execute();
      if (columns.has('state_rank')) {
        await keepStates(
          transaction,
          inserted.map(({ rid }) => rid),
        );
      }
    });
  }
}

function onlyColumns<Values extends object>(row: Values, columns: ReadonlySet<string>): Values {
  return Object.fromEntries(Object.entries(row).filter(([name]) => columns.has(name))) as Values;
}

function namespaceOf(index: number, namespaces: string[]): string {
  const place = index % 5 === 0 ? 0 : index % namespaces.length;
  return namespaces[place] ?? '';
}

function serverRow(
  index: number,
  namespace: string,
  random: () => number,
  created: string,
): Insertable<ServerRow> {
  const word = (): string => WORDS[Math.floor(random() ** 2 * WORDS.length)] ?? '';
  const slug = `${word()}-${word()}-${index}`;
  const displayName = `${word()} ${word()}`;
  return {
    id: randomUUID(),
    namespace,
    slug,
    qualified_name: `${namespace}/${slug}`,
    display_name: displayName,
    name_key: nameKey(displayName),
    description: Array.from({ length: 8 }, word).join(' '),
    unlisted: 0,
    verified: index % 10 === 0 ? 1 : 0,
    managed: 0,
    use_count: Math.floor(random() ** 4 * 1_000_000),
    remote: 1,
    live_type: 'external_shttp',
    scan_passed: 1,
    created_at: created,
    updated_at: created,
  };
}

/** Gives a server 20 releases and 200 lines of their logs. */
export async function addReleases(db: Kysely<Database>, qualifiedName: string, now: Date): Promise<void> {
  const { rid } = await db
    .selectFrom('servers')
    .select('rid')
    .where('qualified_name', '=', qualifiedName)
    .executeTakeFirstOrThrow();
  const timestamp = now.toISOString();
  const releases = Array.from({ length: RELEASES }, () => releaseRow(rid, timestamp));
  await db.insertInto('releases').values(releases).execute();
  const lines = Array.from({ length: LOG_LINES }, (_, index) => ({
    release_id: releases[index % RELEASES]?.id ?? '',
    seq: Math.floor(index / RELEASES),
    stage: 'deploy' as const,
    level: 'info',
    message: `Step ${index} of the pipeline`,
    timestamp,
  }));
  await db.insertInto('release_logs').values(lines).execute();
}

function releaseRow(rid: number, at: string): Insertable<ReleaseRow> {
  return {
    id: randomUUID(),
    server_rid: rid,
    status: 'SUCCESS',
    type: 'external_shttp',
    created_at: at,
    updated_at: at,
  };
}
