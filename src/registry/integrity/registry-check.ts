import { sql, type Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { ANY_PHRASE } from '#registry/logs/invocation-counts.ts';
import { listMiskept } from '#registry/owned-servers/server-facts.ts';
import { searchableTool } from '#registry/filing/tool-index.ts';
import { weighTerms, type Searchable } from '#registry/search/search-index.ts';
import { serverWords, skillWords, toolWords, type WordIndex } from '#registry/search/word-index.ts';

/** Something wrong with a row. */
export interface Finding {
  table: string;
  /** What tells the row from others. */
  key: string;
  problem: string;
  /** What to do about it. */
  advice: string;
}

const PAGE_ROWS = 500;
const SAVE_AGAIN = 'change its description, which files it anew';
const RELEASE_IT_AGAIN = 'release it again';
const RELEASE_AGAIN = 'release its server again';

/** What is wrong with the registry's rows: what is counted or filed beside others, and what refers to nothing. */
export async function checkRegistry(
  db: Kysely<Database>,
  onProgress: (text: string) => void,
): Promise<Finding[]> {
  return [
    ...(await checkLiveReleases(db)),
    ...(await checkStates(db)),
    ...(await checkCalls(db)),
    ...(await checkCounts(db)),
    ...(await checkDays(db)),
    ...(await checkWords(db, { table: 'servers', index: serverWords, advice: SAVE_AGAIN }, onProgress)),
    ...(await checkWords(db, { table: 'skills', index: skillWords, advice: SAVE_AGAIN }, onProgress)),
    ...(await checkWords(db, { table: 'tools', index: toolWords, advice: RELEASE_AGAIN }, onProgress)),
  ];
}

/** The releases and skills that refer to a bundle. */
export async function referrersOf(
  db: Kysely<Database>,
  hash: string,
): Promise<Pick<Finding, 'table' | 'key'>[]> {
  const releases = await db
    .selectFrom('releases')
    .innerJoin('servers', 'servers.rid', 'releases.server_rid')
    .select(['releases.id', 'servers.qualified_name'])
    .where('bundle_hash', '=', hash)
    .execute();
  const skills = await db
    .selectFrom('skills')
    .select('qualified_name')
    .where('bundle_hash', '=', hash)
    .execute();
  return [
    ...releases.map(({ id, qualified_name: name }) => ({ table: 'releases', key: `${id} of ${name}` })),
    ...skills.map(({ qualified_name: key }) => ({ table: 'skills', key })),
  ];
}

async function checkLiveReleases(db: Kysely<Database>): Promise<Finding[]> {
  const rows = await db
    .selectFrom('servers')
    .leftJoin('releases', (join) =>
      join
        .onRef('releases.id', '=', 'servers.live_release_id')
        .onRef('releases.server_rid', '=', 'servers.rid'),
    )
    .select(['servers.qualified_name', 'servers.live_release_id'])
    .where('servers.live_release_id', 'is not', null)
    .where('releases.id', 'is', null)
    .execute();
  return rows.map(({ qualified_name: key, live_release_id: id }) => ({
    table: 'servers',
    key,
    problem: `its live release ${id} is not there`,
    advice: RELEASE_IT_AGAIN,
  }));
}

async function checkStates(db: Kysely<Database>): Promise<Finding[]> {
  const names = await listMiskept(db);
  return names.map((key) => ({
    table: 'servers',
    key,
    problem: 'its place in lists is not what its releases make of it',
    advice: RELEASE_IT_AGAIN,
  }));
}

async function checkCalls(db: Kysely<Database>): Promise<Finding[]> {
  const rows = await db
    .selectFrom('invocations')
    .leftJoin('log_phrases', 'log_phrases.rid', 'invocations.phrase_rid')
    .select('invocations.id')
    .where('invocations.phrase_rid', 'is not', null)
    .where('log_phrases.rid', 'is', null)
    .execute();
  return rows.map(({ id }) => ({
    table: 'invocations',
    key: id,
    problem: 'the words that it is searched by are not there',
    advice: 'nothing: it is found by all else, and goes with --keep-logs',
  }));
}

async function checkCounts(db: Kysely<Database>): Promise<Finding[]> {
  const { rows } = await sql<{ server_rid: number; phrase_rid: number; hour: string; difference: number }>`
    select server_rid, phrase_rid, hour, sum(calls) as difference from (
      select server_rid, phrase_rid, substr(timestamp, 1, 13) as hour, count(*) as calls
        from invocations where phrase_rid is not null group by 1, 2, 3
      union all
      select server_rid, ${sql.lit(ANY_PHRASE)}, substr(timestamp, 1, 13), count(*)
        from invocations where phrase_rid is not null group by 1, 3
      union all
      select server_rid, phrase_rid, hour, -calls from invocation_counts
    ) as counted
    group by server_rid, phrase_rid, hour having sum(calls) <> 0
    order by server_rid, phrase_rid, hour`.execute(db);
  return rows.map(({ server_rid, phrase_rid, hour, difference }) => ({
    table: 'invocation_counts',
    key: `server ${server_rid}, phrase ${phrase_rid}, ${hour}`,
    problem:
      difference > 0
        ? `calls that are not counted: ${difference}`
        : `calls counted that are not there: ${-difference}`,
    advice: 'nothing: only how many logs there are is told wrong, until that hour is older than --keep-logs',
  }));
}

async function checkDays(db: Kysely<Database>): Promise<Finding[]> {
  // Of the oldest day some hours may be gone.
  const { rows } = await sql<{ server_rid: number; day: string; difference: number }>`
    select server_rid, day, sum(calls) as difference from (
      select server_rid, substr(hour, 1, 10) as day, calls from call_hours
      union all
      select server_rid, day, -calls from call_days
    ) as counted
    where day > (select min(substr(hour, 1, 10)) from call_hours)
    group by server_rid, day having sum(calls) <> 0
    order by server_rid, day`.execute(db);
  return rows.map(({ server_rid, day, difference }) => ({
    table: 'call_days',
    key: `server ${server_rid}, ${day}`,
    problem: `its hours have ${Math.abs(difference)} calls ${difference > 0 ? 'more' : 'fewer'}`,
    advice: 'nothing: only how many calls its server had is told wrong, until that day is older than 30 days',
  }));
}

async function checkWords(
  db: Kysely<Database>,
  {
    table,
    index: { postings },
    advice,
  }: { table: 'servers' | 'skills' | 'tools'; index: WordIndex; advice: string },
  onProgress: (text: string) => void,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  let done = 0;
  for (let last = 0; ;) {
    const page = await (table === 'tools' ? toolsAfter(db, last) : searchablesAfter(db, table, last));
    if (page.length === 0) return findings;
    const rids = page.map(({ rid }) => rid);
    const filed = new Map<number, string[]>(rids.map((rid) => [rid, []]));
    const rows = await db.selectFrom(postings).selectAll().where('rid', 'in', rids).execute();
    for (const { rid, term, weight } of rows) filed.get(rid)?.push(`${weight} ${term}`);
    for (const one of page) {
      const wanted = Array.from(weighTerms(one), ([term, weight]) => `${weight} ${term}`).sort();
      if (wanted.join('\n') === filed.get(one.rid)?.sort().join('\n')) continue;
      const problem = 'it is not filed for the search under the words it has';
      findings.push({ table, key: one.key, problem, advice });
    }
    done += page.length;
    last = rids.at(-1) ?? last;
    onProgress(`${table}: ${done} checked`);
  }
}

/** Something that is searched, and what tells it from others. */
type Keyed = Searchable & { key: string };

async function searchablesAfter(
  db: Kysely<Database>,
  table: 'servers' | 'skills',
  last: number,
): Promise<Keyed[]> {
  return db
    .selectFrom(table)
    .select(['rid', 'qualified_name', 'display_name', 'description', 'qualified_name as key'])
    .where('rid', '>', last)
    .orderBy('rid')
    .limit(PAGE_ROWS)
    .execute();
}

async function toolsAfter(db: Kysely<Database>, last: number): Promise<Keyed[]> {
  const tools = await db
    .selectFrom('tools')
    .innerJoin('servers', 'servers.rid', 'tools.server_rid')
    .select(['tools.rid', 'tools.name', 'tools.title', 'tools.description', 'servers.qualified_name'])
    .where('tools.rid', '>', last)
    .orderBy('tools.rid')
    .limit(PAGE_ROWS)
    .execute();
  return tools.map(({ qualified_name: server, ...tool }) =>
    Object.assign(searchableTool(tool), { key: `${tool.name} of ${server}` }),
  );
}
