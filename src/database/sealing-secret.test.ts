import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, engines, type TestDatabase } from '#e2e/support/databases.ts';
import { addBelongings, createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import { sealingSecret, type SealingOptions } from './sealing-secret.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const OLD = new Uint8Array(32).fill(1);
const NEW = new Uint8Array(32).fill(2);
const onGivingUp: SealingOptions['onGivingUp'] = async () => {};

describe.each(engines)('the secret that data is sealed with, on %s', (engine) => {
  let database: TestDatabase;
  let made: number;
  beforeEach(async () => {
    database = await createTestDatabase(engine);
    made = 0;
  });
  afterEach(async () => database.drop());

  const find = async (secret: Uint8Array | undefined, newSecret = false) =>
    sealingSecret(database.db, {
      folder: {
        secret,
        makeSecret: () => {
          made += 1;
          return NEW;
        },
      },
      newSecret,
      alone: true,
      onGivingUp,
      now: () => NOW,
    });

  it('is made at the very first start, and from then on has to be there', async () => {
    expect(await find(undefined)).toBe(NEW);
    expect(await find(NEW)).toBe(NEW);
    await expect(find(undefined)).rejects.toThrow(
      /^This data is sealed with a secret that is not here\..*--new-secret/,
    );
    await expect(find(OLD)).rejects.toThrow(/^This data is sealed with another secret than the one given\./);
    expect(made).toBe(1);
  });

  it('is not made for data of an older version, which wrote no fingerprint down', async () => {
    const created_at = NOW.toISOString();
    await database.db.insertInto('users').values({ id: 'u', name: 'owner', created_at }).execute();
    await expect(find(undefined)).rejects.toThrow('a secret that is not here');
    expect(made).toBe(0);
    // With its key, that data is taken as it is.
    expect(await find(OLD)).toBe(OLD);
    await expect(find(NEW)).rejects.toThrow('another secret');
  });

  it('is not given up where it is not lost', async () => {
    await expect(find(undefined, true)).rejects.toThrow('start without --new-secret');
    await find(OLD);
    await expect(find(OLD, true)).rejects.toThrow('No secret is lost');
    expect(made).toBe(0);
  });

  it('is given up for the one that is given', async () => {
    await find(OLD);
    expect(await find(NEW, true)).toBe(NEW);
    expect(await find(NEW)).toBe(NEW);
    expect(made).toBe(0);
  });

  it('is not given up while another process runs with it', async () => {
    await find(OLD);
    const row = { id: 'p', registry: 'embedded', url: 'http://desk.test', place: 'host 7', beat: 1 };
    await database.db
      .insertInto('processes')
      .values({ ...row, started_at: NOW.toISOString() })
      .execute();
    const over = new AbortController();
    const beat = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await database.db
          .updateTable('processes')
          .set((e) => ({ beat: e('beat', '+', 1) }))
          .execute();
        await sleep(50);
      }
    };
    const beating = beat();
    const folder = { secret: NEW, makeSecret: () => NEW };
    const options = { newSecret: true, alone: false, onGivingUp, now: () => NOW };
    const given = sealingSecret(database.db, { ...options, folder });
    await expect(given).rejects.toThrow(/^Others run on this data .*: host 7 \(http:\/\/desk\.test\)\./);
    over.abort();
    // No query may be under way when the database goes.
    await beating;
    expect(await find(OLD)).toBe(OLD);
  });
});

describe.each(engines)('data whose secret was given up, on %s', (engine) => {
  let registry: TestRegistry;
  beforeEach(async () => {
    registry = await createTestRegistry(engine);
  });
  afterEach(async () => registry.drop());

  it('has its secrets marked as lost, until they are set again, and nobody signed in', async () => {
    const { db } = registry;
    const folder = { secret: OLD, makeSecret: () => NEW };
    const options = { newSecret: false, alone: true, onGivingUp, now: () => NOW };
    await sealingSecret(db, { ...options, folder });
    await registry.put('acme/weather');
    // One whose value was never known here.
    await addBelongings(registry, 'acme/weather');
    const path = '/servers/acme%2Fweather/secrets';
    for (const name of ['ONE', 'TWO']) await registry.call('PUT', path, { body: { name, value: 'x' } });
    await db
      .insertInto('sessions')
      .values({
        id_hash: 'a',
        registry: 'embedded',
        key_sealed: 's',
        key_print: 'p',
        key_minted: 0,
        plain_cookie: 0,
        namespaces: '[]',
        namespaces_at: NOW.toISOString(),
        created_at: NOW.toISOString(),
        seen_at: NOW.toISOString(),
      })
      .execute();
    await db
      .insertInto('operations')
      .values({
        id: 'open',
        registry: 'embedded',
        action: 'update-server',
        target: 'acme/weather',
        namespace: 'acme',
        actor: 'p',
        key_sealed: 's',
        state: 'unknown',
        request_id: 'r',
        expected: '{"a":{}}',
        created_at: NOW.toISOString(),
      })
      .execute();

    const lost = { secret: undefined, makeSecret: () => NEW };
    await expect(sealingSecret(db, { ...options, folder: lost })).rejects.toThrow(
      /the values of 2 server secrets cannot be read any more/,
    );
    expect((await registry.call('GET', path)).text).not.toContain('lost');
    const given: unknown[] = [];
    const told: SealingOptions['onGivingUp'] = async (trx, { sessions }) => {
      const secrets = trx.selectFrom('secrets').select('name').where('sealed', 'is not', null);
      given.push(sessions, (await secrets.execute()).length);
    };
    const giving = { ...options, folder: lost, newSecret: true, onGivingUp: told };
    expect(await sealingSecret(db, giving)).toBe(NEW);
    // Told before they are gone.
    expect(given).toEqual([1, 2]);

    expect((await registry.call('GET', path)).body).toEqual([
      { name: 'ONE', type: 'secret_text', lost: true },
      { name: 'TOKEN', type: 'secret_text' },
      { name: 'TWO', type: 'secret_text', lost: true },
    ]);
    await registry.call('PUT', path, { body: { name: 'ONE', value: 'y' } });
    expect((await registry.call('GET', path)).body).toContainEqual({ name: 'ONE', type: 'secret_text' });
    expect(await db.selectFrom('sessions').select('id_hash').execute()).toEqual([]);
    const entries = db.selectFrom('operations').select(['id', 'state', 'key_sealed', 'expected']);
    expect(await entries.where('id', '=', 'open').execute()).toEqual([
      { id: 'open', state: 'unknown', key_sealed: null, expected: null },
    ]);
  });
});
