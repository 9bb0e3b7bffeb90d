import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, dumpTables, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { createVault } from '#platform/sealing.ts';

const CANARY = 'canary-7f3a9c51-épinard';

describe.each(engines)('secrets of a server on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await registry.put('acme/weather');
  });
  afterAll(async () => registry.drop());

  const path = '/servers/acme%2Fweather/secrets';
  const set = (body: unknown, key = registry.ownerKey) => registry.call('PUT', path, { body, key });
  const names = async () =>
    ((await registry.call('GET', path)).body as { name: string }[]).map(({ name }) => name);

  it('are set, replaced, listed by name and deleted', async () => {
    expect((await set({ name: 'B', value: 'one' })).body).toEqual({ success: true });
    await set({ name: 'A_2', value: ' two\n' });
    await set({ name: 'B', value: 'three' });
    expect((await registry.call('GET', path)).body).toEqual([
      { name: 'A_2', type: 'secret_text' },
      { name: 'B', type: 'secret_text' },
    ]);
    const gone = await registry.call('DELETE', `${path}/B`);
    expect([gone.status, gone.body]).toEqual([200, { success: true }]);
    expect(await names()).toEqual(['A_2']);
    const again = await registry.call('DELETE', `${path}/B`);
    expect([again.status, again.body]).toEqual([404, { error: expect.stringContaining('Secret not found') }]);
    await registry.call('DELETE', `${path}/A_2`);
  });

  it.each([
    ['name', {}],
    ['name', { name: '', value: 'x' }],
    ['name', { name: '1A', value: 'x' }],
    ['name', { name: 'A-B', value: 'x' }],
    ['name', { name: 'É', value: 'x' }],
    ['name', { name: 'A'.repeat(129), value: 'x' }],
    ['name', { name: ['A'], value: 'x' }],
    ['value', { name: 'A' }],
    ['value', { name: 'A', value: '' }],
    ['value', { name: 'A', value: 7 }],
    ['value', { name: 'A', value: '\ud800' }],
    ['value', { name: 'A', value: 'é'.repeat(16_385) }],
  ])('are refused with a word about the %s: %j', async (field, body) => {
    const { status, body: answer } = await set(body);
    expect([status, answer]).toEqual([400, { error: expect.stringMatching(new RegExp(`^${field}: `)) }]);
    expect(await names()).toEqual([]);
  });

  it('may be as long as it is said', async () => {
    expect((await set({ name: 'LONG', value: 'x'.repeat(32 * 1024) })).status).toBe(200);
    await registry.call('DELETE', `${path}/LONG`);
  });

  it('are at most a hundred', async () => {
    await registry.put('acme/many');
    const many = '/servers/acme%2Fmany/secrets';
    for (let i = 0; i < 100; i += 1) {
      await registry.call('PUT', many, { body: { name: `S${i}`, value: 'x' } });
    }
    const more = await registry.call('PUT', many, { body: { name: 'MORE', value: 'x' } });
    expect([more.status, more.body]).toEqual([400, { error: expect.stringContaining('at most 100') }]);
    expect((await registry.call('PUT', many, { body: { name: 'S1', value: 'y' } })).status).toBe(200);
    expect((await registry.call('GET', many)).body).toHaveLength(100);
  });

  it('are neither set nor deleted by others, who learn nothing', async () => {
    await set({ name: 'KEPT', value: 'x' });
    const notFound = [404, { error: 'Server not found' }];
    for (const name of ['acme%2Fweather', 'acme%2Fnone']) {
      const key = registry.rivalKey;
      const body = { name: 'NEW', value: 'x' };
      const put = await registry.call('PUT', `/servers/${name}/secrets`, { key, body });
      const gone = await registry.call('DELETE', `/servers/${name}/secrets/KEPT`, { key });
      expect([
        [put.status, put.body],
        [gone.status, gone.body],
      ]).toEqual([notFound, notFound]);
    }
    expect(await names()).toEqual(['KEPT']);
  });

  it('stand nowhere in clear: in no answer, table or file of the database', async () => {
    const answer = await set({ name: 'API_KEY', value: CANARY });
    expect((await set({ name: CANARY, value: CANARY })).text).not.toContain('canary');
    expect((await set(`{"name":"API_KEY","value":"${CANARY}"`)).text).not.toContain('canary');
    const list = await registry.call('GET', path);
    const dump = JSON.stringify(await dumpTables(registry));
    const stored = [answer.text, list.text, dump, ...(await databaseFiles(registry))];
    for (const written of formsOf(CANARY)) {
      for (const text of stored) expect(text.includes(written)).toBe(false);
    }
    expect(stored.some((text) => text.includes('API_KEY'))).toBe(true);
    expect(registry.failures).toEqual([]);
  });

  it('open with the registry’s secret for this server alone, wherever it is transferred', async () => {
    await set({ name: 'API_KEY', value: CANARY });
    const body = { targetNamespace: 'acme', targetOrganizationId: registry.ownerId, targetSlug: 'moved' };
    await registry.call('POST', '/servers/acme%2Fweather/transfer', { body });
    const row = await registry.db
      .selectFrom('servers')
      .innerJoin('secrets', 'secrets.server_rid', 'servers.rid')
      .select(['servers.id', 'secrets.sealed'])
      .where('servers.qualified_name', '=', 'acme/moved')
      .where('secrets.name', '=', 'API_KEY')
      .executeTakeFirstOrThrow();
    const open = (secret: number, place: string) =>
      createVault(new Uint8Array(32).fill(secret), 'server secrets').open(row.sealed ?? '', place);
    expect(open(7, `${row.id}/API_KEY`)).toBe(CANARY);
    expect(open(8, `${row.id}/API_KEY`)).toBeUndefined();
    expect(open(7, `${row.id}/OTHER`)).toBeUndefined();
    expect(open(7, `${TEST_NOW.toISOString()}/API_KEY`)).toBeUndefined();
  });
});

/** The files as they are on the disk; of PostgreSQL, whose files are not ours to read, none. */
async function databaseFiles({ db, location }: TestRegistry): Promise<string[]> {
  if (location.engine === 'postgres') return [];
  await sql`pragma wal_checkpoint(truncate)`.execute(db);
  const folder = dirname(location.path);
  const files = (await readdir(folder)).filter((file) => file.startsWith(basename(location.path)));
  return Promise.all(files.map((file) => readFile(join(folder, file), 'latin1')));
}

function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  return [
    text,
    bytes.toString('latin1'),
    bytes.toString('hex'),
    // Cut to whole groups: what follows may be encoded along with it.
    bytes.toString('base64').slice(0, 28),
    bytes.toString('base64url').slice(0, 28),
    encodeURIComponent(text),
  ];
}
