import { CompiledQuery, Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '#database/schema.ts';
import { sqliteDialect } from '#database/sqlite-dialect.ts';
import { registryContext } from './create-registry.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { registryRoutes } from './routes.ts';
import { addSamples } from '#registry/samples/add-samples.ts';

/** Reads a whole table; `SCAN … USING INDEX` follows an index, and a limit ends it. */
const WHOLE_TABLE = /^SCAN (\w+)$/;
const SORT = 'USE TEMP B-TREE FOR ORDER BY';

// SQLite chooses the same plans for few rows as for a million, as long as nobody analyses them.
describe('the queries behind', () => {
  let registry: TestRegistry;
  let observed: Kysely<Database>;
  let queries: CompiledQuery[] = [];
  let close: () => Promise<void>;
  let app: ReturnType<typeof registryRoutes>;
  beforeAll(async () => {
    registry = await createTestRegistry('sqlite');
    await addSamples(registry.db, { ownerId: registry.ownerId, seed: 7, now: TEST_NOW });
    if (registry.location.engine !== 'sqlite') throw new Error('not SQLite');
    observed = new Kysely<Database>({
      dialect: sqliteDialect(registry.location.path),
      log: ({ query }) => {
        queries.push(query);
      },
    });
    // What goes on by itself has the other connection: only what requests do is looked at.
    const made = registryContext(registry.registryOptions);
    close = made.close;
    app = registryRoutes({ ...made.context, db: observed });
  });
  afterAll(async () => {
    await close();
    await observed.destroy();
    await registry.drop();
  });

  /** What SQLite does for one request, step by step. */
  const stepsOf = async (method: string, path: string, key = registry.ownerKey): Promise<string[]> => {
    queries = [];
    const headers = { Authorization: `Bearer ${key}` };
    expect((await app.fetch(new Request(`http://x${path}`, { method, headers }))).ok).toBe(true);
    const steps: string[] = [];
    for (const { sql, parameters } of queries.filter(({ sql }) =>
      /^(with|select|update|delete|insert)/.test(sql),
    )) {
      const plan = await registry.db.executeQuery<{ detail: string }>(
        CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
      );
      steps.push(...plan.rows.map(({ detail }) => detail));
    }
    return steps;
  };
  const tablesReadWhole = (steps: string[]) =>
    steps.flatMap((step) => WHOLE_TABLE.exec(step)?.[1] ?? []).filter((name) => !SUBQUERIES.has(name));

  it.each([
    ['GET', '/servers'],
    ['GET', '/servers?page=2&pageSize=3'],
    ['GET', '/servers?namespace=demo'],
    ['GET', '/servers?namespace=demo&isDeployed=1&verified=0&remote=1'],
    ['GET', '/servers?verified=1'],
    ['GET', '/servers?ownerId=somebody'],
    ['GET', '/servers?qualifiedName=demo/weather'],
    ['GET', '/servers?ids=00000000-0000-4000-8000-000000000000'],
    ['GET', '/servers?repoOwner=demo-tools&repoName=slack-digest'],
    ['GET', '/servers?repoName=slack-digest'],
    ['GET', '/servers?seed=3'],
    ['GET', '/servers?q=weather'],
    ['GET', '/servers?q=wether+archive&namespace=demo'],
    ['GET', '/v0.1/servers'],
    ['GET', '/v0.1/servers?limit=3&version=latest&search=weather&include_deleted=1'],
    ['GET', '/v0.1/servers?updated_since=2026-01-01T00:00:00Z'],
    ['GET', '/v0.1/servers/test.desk%2Fdemo.weather/versions?include_deleted=1'],
    ['GET', '/v0.1/servers/test.desk%2Fdemo.weather/versions/latest'],
    ['GET', '/-/servers'],
    ['GET', '/-/servers?sort=state'],
    ['GET', '/-/servers?sort=released&direction=asc&limit=3'],
    ['GET', '/-/servers?name=demo/weather&name=demo/mail-merge'],
    ['GET', '/-/servers/counts'],
    ['GET', '/-/tools?q=weather'],
    ['GET', '/-/tools?q=forecst+get'],
    ['GET', '/servers/demo%2Fweather'],
    ['GET', '/servers/demo%2Fweather/releases'],
    ['GET', '/servers/demo%2Fweather/logs?from=2026-01-01'],
    ['GET', '/servers/demo%2Fweather/logs?search=tools+fail'],
    ['GET', '/servers/demo%2Fweather/logs?search=failed&from=2026-02-26T09:30:00Z&to=2026-02-28'],
    ['GET', '/servers/demo%2Fweather/secrets'],
    ['GET', '/servers/demo%2Fweather/icon'],
    ['GET', '/namespaces'],
    ['GET', '/namespaces?q=de'],
    ['GET', '/namespaces?hasSkills=1'],
    ['GET', '/skills?namespace=demo'],
    ['GET', '/skills?category=data'],
    ['GET', '/skills?q=weather'],
    ['GET', '/skills?q=wether+archive&namespace=demo'],
    ['PUT', '/servers/acme%2Fnew'],
    ['DELETE', '/servers/demo%2Fmail-merge'],
  ])('%s %s read no table whole', async (method, path) => {
    expect(tablesReadWhole(await stepsOf(method, path))).toEqual([]);
  });

  it.each([
    '/servers',
    '/servers?namespace=demo',
    '/servers?verified=1',
    '/servers?namespace=demo&isDeployed=1',
    '/v0.1/servers',
    '/v0.1/servers?version=latest&search=weather&include_deleted=1',
  ])('a page of %s come out of an index in order', async (path) => {
    expect(await stepsOf('GET', path)).not.toContain(SORT);
  });

  it.each([
    ['/-/audit', 'SEARCH audit_viewers USING COVERING INDEX sqlite_autoindex_audit_viewers_1 (owner_id=?)'],
    [
      '/-/audit?before=b&from=2026-01-01T00:00:00Z&action=server.create',
      'SEARCH audit_viewers USING COVERING INDEX sqlite_autoindex_audit_viewers_1 (owner_id=? AND entry_id>? AND entry_id<?)',
    ],
    ['/-/audit?server=rival/calendar', 'SEARCH audit_entries USING INDEX audit_entries_by_target (target=?)'],
    [
      '/-/audit?server=rival/calendar',
      'SEARCH audit_entries USING INDEX audit_entries_by_target_id (target_id=?)',
    ],
  ])('%s, where one is no administrator, come out of an index in order: %s', async (path, step) => {
    const steps = await stepsOf('GET', path, registry.rivalKey);
    expect(steps).toContain(step);
    expect(steps).not.toContain(SORT);
  });

  it('a search of logs go from words to phrases, and from phrases to calls and their counts', async () => {
    const steps = await stepsOf(
      'GET',
      '/servers/demo%2Fweather/logs?search=tools+fail&from=2026-02-26T09:30:00Z',
    );
    const searched = new Set(
      steps.flatMap(
        (step) => /^SEARCH (\w+) USING (?:COVERING )?INDEX (\w+)/.exec(step)?.slice(1).join(' ') ?? [],
      ),
    );
    for (const step of [
      'log_words sqlite_autoindex_log_words_1',
      'invocations invocations_by_phrase',
      'invocation_counts sqlite_autoindex_invocation_counts_1',
    ]) {
      expect([...searched]).toContain(step);
    }
    expect([...searched]).not.toContain('invocations invocations_by_server');
  });

  it("counting an owner's servers read the narrow index alone, once", async () => {
    const steps = await stepsOf('GET', '/-/servers/counts');
    const reads = steps.filter((step) => /\bservers\b.*namespace=/.test(step));
    expect(reads.filter((step) => !step.includes('USING COVERING INDEX servers_by_call ('))).toEqual([]);
    expect(steps.filter((step) => /\breleases\b/.test(step))).toEqual([]);
  });

  it('counting all servers read the narrow index alone', async () => {
    const steps = await stepsOf('GET', '/servers?page=99');
    expect(steps.filter((step) => step.includes('servers '))).toEqual([
      'SEARCH servers USING COVERING INDEX servers_by_visibility (unlisted=?)',
      'SEARCH servers USING COVERING INDEX servers_by_visibility (unlisted=? AND namespace=?)',
    ]);
  });
});

// Names that queries give to what they have already cut to size.
const SUBQUERIES = new Set(['found', 'hits', 'popular', 'matching', 'parts']);
