import { sql, type Transaction } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '#database/schema.ts';
import { engines } from '#e2e/support/databases.ts';
import { makeBundle } from '#e2e/support/bundles.ts';
import { sendRelease } from '#e2e/support/publishing.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import { eventually } from '#e2e/support/test-desk.ts';

const PATH = '/servers/acme%2Fweather';
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

/** A form with one file, as an icon is sent. */
function icon(): FormData {
  const form = new FormData();
  form.set('icon', new Blob([PNG], { type: 'image/png' }), 'icon.png');
  return form;
}

describe.each(engines)('a server that is deleted and transferred at the same moment, on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  afterAll(async () => registry.drop());

  it('is either gone or moved, and what was told is what happened', async () => {
    for (let i = 0; i < 60; i++) {
      await registry.put(`acme/old-${i}`);
      const [deleted, moved] = await Promise.all([
        registry.call('DELETE', `/servers/acme%2Fold-${i}`),
        registry.call('POST', `/servers/acme%2Fold-${i}/transfer`, {
          body: {
            targetNamespace: 'acme',
            targetSlug: `new-${i}`,
            targetOrganizationId: registry.ownerId,
          },
        }),
      ]);
      const there = (await registry.call('GET', `/servers/acme%2Fnew-${i}`)).status;
      expect([
        [200, 404, 404],
        [404, 200, 200],
      ]).toContainEqual([deleted.status, moved.status, there]);
    }
  });
});

// Only an engine with several connections has changes that wait for each other in the middle.
describe('a change that waits for another one of its server, on postgres', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry('postgres');
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put('acme/weather');
    await registry.call('PUT', `${PATH}/secrets`, { body: { name: 'OLD', value: 'x' } });
    await registry.call('PUT', `${PATH}/icon`, { body: icon() });
  });
  afterAll(async () => registry.drop());

  /** Begins a call while another transaction has changed the server, and ends that one once the call waits for it. */
  async function whileChanging<Answer>(
    change: (trx: Transaction<Database>) => Promise<unknown>,
    call: () => Promise<Answer>,
  ): Promise<Answer> {
    let answer: Promise<Answer> | undefined;
    await registry.db.transaction().execute(async (trx) => {
      await change(trx);
      answer = call();
      const waiting = await eventually(
        async () => {
          const { rows } = await sql<{ count: number }>`
            select count(*) as count from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`.execute(registry.db);
          return rows[0]?.count ?? 0;
        },
        (count) => count > 0,
      );
      expect(waiting).toBeGreaterThan(0);
    });
    if (answer === undefined) throw new Error('the call was not made');
    return answer;
  }

  const moveToRival = (trx: Transaction<Database>) =>
    trx
      .updateTable('servers')
      .set({ namespace: 'rival', slug: 'moved', qualified_name: 'rival/moved' })
      .where('qualified_name', '=', 'acme/weather')
      .execute();
  const rename = (trx: Transaction<Database>) =>
    trx
      .updateTable('servers')
      .set({ slug: 'sky', qualified_name: 'acme/sky' })
      .where('qualified_name', '=', 'acme/weather')
      .execute();
  const remove = (trx: Transaction<Database>) =>
    trx.deleteFrom('servers').where('qualified_name', '=', 'acme/weather').execute();

  const changes: [what: string, call: () => Promise<{ status: number }>][] = [
    ['a delete', () => registry.call('DELETE', PATH)],
    ['a change of its texts', () => registry.call('PATCH', PATH, { body: { description: 'Mine' } })],
    ['a secret', () => registry.call('PUT', `${PATH}/secrets`, { body: { name: 'NEW', value: 'x' } })],
    ['the end of a secret', () => registry.call('DELETE', `${PATH}/secrets/OLD`)],
    ['a subdomain', () => registry.call('PATCH', `${PATH}/domains/managed`, { body: { subdomain: 'sky' } })],
    ['an icon', () => registry.call('PUT', `${PATH}/icon`, { body: icon() })],
    ['the end of an icon', () => registry.call('DELETE', `${PATH}/icon`)],
    [
      'a release',
      () =>
        sendRelease(registry, 'acme/weather', {
          payload: { type: 'stdio', runtime: 'node' },
          bundle: makeBundle(),
        }),
    ],
  ];

  it.each(changes)(
    '%s finds no server where it was transferred to another, and touches nothing',
    async (_what, call) => {
      const answer = await whileChanging(moveToRival, call);
      expect(answer.status).toBe(404);
      const { db } = registry;
      const server = await db.selectFrom('servers').selectAll().executeTakeFirstOrThrow();
      expect(server).toMatchObject({ qualified_name: 'rival/moved', description: '' });
      expect(await db.selectFrom('secrets').select('name').execute()).toEqual([{ name: 'OLD' }]);
      expect(await db.selectFrom('domains').selectAll().execute()).toEqual([]);
      expect(await db.selectFrom('icons').select('content_type').execute()).toHaveLength(1);
    },
  );

  it.each(changes)('%s does not reach it under its new name', async (_what, call) => {
    expect((await whileChanging(rename, call)).status).toBe(404);
    const { body } = await registry.call('GET', '/servers/acme%2Fsky');
    expect(body).toMatchObject({ description: '', iconUrl: expect.any(String) });
    expect(await registry.db.selectFrom('releases').select('id').execute()).toEqual([]);
  });

  it.each(changes)('%s finds no server where it was deleted', async (_what, call) => {
    expect((await whileChanging(remove, call)).status).toBe(404);
    expect(registry.failures).toEqual([]);
  });
});
