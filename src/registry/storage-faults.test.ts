import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle } from '#e2e/support/bundles.ts';
import { sendRelease } from '#e2e/support/publishing.ts';
import { createTestRegistry, dumpTables, type TestRegistry } from '#e2e/support/test-registry.ts';

describe('a registry whose database cannot be written to', () => {
  let registry: TestRegistry;
  let other: DatabaseSyncInstance;
  beforeEach(async () => {
    registry = await createTestRegistry('sqlite');
    await registry.put('acme/weather', 'acme/tides');
    const { location } = registry;
    other = new DatabaseSync(location.engine === 'sqlite' ? location.path : '');
    // Waiting for a lock is the database's business; how long does not matter here.
    await sql`pragma busy_timeout = 20`.execute(registry.db);
  });
  afterEach(async () => {
    other.close();
    await registry.drop();
  });

  const writes: [method: string, path: string, body?: unknown][] = [
    ['PUT', '/servers/acme%2Fnew'],
    ['PATCH', '/servers/acme%2Fweather', { displayName: 'Other' }],
    ['DELETE', '/servers/acme%2Fweather'],
    ['POST', '/servers/acme%2Fweather/transfer', { targetNamespace: 'acme', targetSlug: 'sky' }],
    ['PUT', '/servers/acme%2Fweather/secrets', { name: 'TOKEN', value: 'x' }],
    ['PATCH', '/servers/acme%2Fweather/domains/managed', { subdomain: 'sky' }],
    ['POST', '/namespaces'],
    ['PUT', '/namespaces/other'],
  ];

  const expectRefused = async (words: string) => {
    const before = await dumpTables(registry);
    for (const [method, path, given] of writes) {
      const body =
        path.endsWith('/transfer') && typeof given === 'object'
          ? { ...given, targetOrganizationId: registry.ownerId }
          : given;
      const answer = await registry.call(method, path, { body });
      expect([method, path, answer.status]).toEqual([method, path, 503]);
      expect(answer.body).toEqual({ error: expect.stringContaining(words) });
      expect(answer.headers.get('Retry-After')).toBe('5');
    }
    const release = await sendRelease(registry, 'acme/tides', {
      payload: { type: 'stdio', runtime: 'node' },
      bundle: makeBundle(),
    });
    expect([release.status, release.body]).toEqual([503, { error: expect.stringContaining(words) }]);
    expect(await dumpTables(registry)).toEqual(before);
  };

  it('says so and changes nothing while it is locked; reads go on, and writes afterwards', async () => {
    other.exec('begin immediate');
    await expectRefused('busy');
    expect((await registry.call('GET', '/servers?q=weather')).status).toBe(200);
    expect((await registry.call('GET', '/servers/acme%2Fweather')).status).toBe(200);
    other.exec('rollback');
    expect((await registry.call('DELETE', '/servers/acme%2Fweather')).status).toBe(200);
  });

  it('says so and changes nothing while its disk is full; reads go on', async () => {
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(registry.db);
    await sql`pragma max_page_count = ${sql.lit(rows[0]?.page_count ?? 1)}`.execute(registry.db);
    // What is left of the last pages goes first.
    const fill = async (next: number): Promise<void> => {
      const { status } = await registry.call('PUT', `/servers/acme%2Ffiller-${next}`, {
        body: { description: `word${next} `.repeat(40) },
      });
      if (status === 201) await fill(next + 1);
    };
    await fill(0);
    const { status, body } = await registry.call('PUT', '/servers/acme%2Fnew', {
      body: { description: 'x'.repeat(2000) },
    });
    expect([status, body]).toEqual([503, { error: expect.stringContaining('full') }]);
    expect((await registry.call('GET', '/servers?q=weather')).status).toBe(200);
    expect((await registry.call('GET', '/servers/acme%2Fweather')).status).toBe(200);
  });
});
