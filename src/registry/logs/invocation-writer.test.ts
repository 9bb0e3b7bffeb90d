import { DatabaseSync } from '@photostructure/sqlite';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeCall } from '#e2e/support/calls.ts';
import { engines } from '#e2e/support/databases.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { createInvocationWriter } from './invocation-writer.ts';

describe.each(engines)('calls on their way into the logs on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  afterAll(async () => registry.drop());

  const serverOf = async (name: string): Promise<number> => {
    await registry.put(name);
    const { rid } = await registry.db
      .selectFrom('servers')
      .select('rid')
      .where('qualified_name', '=', name)
      .executeTakeFirstOrThrow();
    return rid;
  };
  const written = async (rid: number): Promise<{ calls: number; uses: number | undefined }> => {
    const calls = await registry.db
      .selectFrom('invocations')
      .select('id')
      .where('server_rid', '=', rid)
      .execute();
    const server = await registry.db
      .selectFrom('servers')
      .select('use_count')
      .where('rid', '=', rid)
      .executeTakeFirst();
    return { calls: calls.length, uses: server?.use_count };
  };

  it('are written soon, and all of them when the writer is closed', async () => {
    const rid = await serverOf('acme/kettle');
    const writer = createInvocationWriter({
      db: registry.db,
      reportError: (error) => registry.failures.push(error),
    });
    for (let i = 0; i < 5; i += 1)
      writer.add({ invocation: makeCall(rid, TEST_NOW.toISOString()), isUse: true });
    expect(
      await eventually(
        async () => written(rid),
        ({ calls }) => calls === 5,
      ),
    ).toEqual({ calls: 5, uses: 5 });
    for (let i = 0; i < 1000; i += 1)
      writer.add({ invocation: makeCall(rid, TEST_NOW.toISOString()), isUse: i % 2 === 0 });
    await writer.close();
    expect(await written(rid)).toEqual({ calls: 1005, uses: 505 });
    expect(registry.failures).toEqual([]);
  });

  it('are counted right whoever else writes them', async () => {
    const [first, second] = [await serverOf('acme/first'), await serverOf('acme/second')];
    const writers = Array.from({ length: 4 }, () =>
      createInvocationWriter({ db: registry.db, reportError: (error) => registry.failures.push(error) }),
    );
    for (let i = 0; i < 400; i += 1) {
      writers[i % 4]?.add({
        invocation: makeCall(i % 3 === 0 ? first : second, TEST_NOW.toISOString()),
        isUse: true,
      });
    }
    await Promise.all(writers.map((writer) => writer.close()));
    expect(await written(first)).toEqual({ calls: 134, uses: 134 });
    expect(await written(second)).toEqual({ calls: 266, uses: 266 });
    expect(registry.failures).toEqual([]);
  });

  it('of a server that was deleted meanwhile are let go, and hold up no others', async () => {
    const gone = await serverOf('acme/gone');
    const there = await serverOf('acme/there');
    const writer = createInvocationWriter({
      db: registry.db,
      reportError: (error) => registry.failures.push(error),
    });
    writer.add({ invocation: makeCall(gone, TEST_NOW.toISOString()), isUse: true });
    writer.add({ invocation: makeCall(there, TEST_NOW.toISOString()), isUse: true });
    await registry.call('DELETE', '/servers/acme%2Fgone');
    await writer.close();
    expect(await written(gone)).toEqual({ calls: 0, uses: undefined });
    expect(await written(there)).toEqual({ calls: 1, uses: 1 });
  });
});

describe('calls while the database is locked', () => {
  let registry: TestRegistry;
  let rid: number;
  let other: InstanceType<typeof DatabaseSync>;
  let failures: unknown[];
  const open = () =>
    createInvocationWriter({ db: registry.db, reportError: (error) => failures.push(error) });
  const isRefused = async () =>
    eventually(
      async () => failures.length,
      (count) => count > 0,
    );
  beforeEach(async () => {
    failures = [];
    registry = await createTestRegistry('sqlite');
    await registry.put('acme/kettle');
    ({ rid } = await registry.db.selectFrom('servers').select('rid').executeTakeFirstOrThrow());
    await sql`pragma busy_timeout = 20`.execute(registry.db);
    const { location } = registry;
    other = new DatabaseSync(location.engine === 'sqlite' ? location.path : '');
    other.exec('begin immediate');
  });
  afterEach(async () => {
    other.close();
    await registry.drop();
  });

  it('wait until it is not, and are told of', async () => {
    const writer = open();
    writer.add({ invocation: makeCall(rid, TEST_NOW.toISOString()), isUse: true });
    await isRefused();
    expect(String(failures[0])).toContain('locked');
    other.exec('rollback');
    const calls = await eventually(
      async () => registry.db.selectFrom('invocations').select('id').execute(),
      ({ length }) => length > 0,
    );
    expect(calls).toHaveLength(1);
    await writer.close();
  });

  it('are each written once, also those that came after some of which it was not known whether they are', async () => {
    const [writer, twin] = [open(), open()];
    const unsure = makeCall(rid, TEST_NOW.toISOString());
    const later = makeCall(rid, TEST_NOW.toISOString());
    writer.add({ invocation: unsure, isUse: true });
    await isRefused();
    writer.add({ invocation: later, isUse: true });
    other.exec('rollback');
    // As where it was written, and the database's answer was lost.
    twin.add({ invocation: unsure, isUse: true });
    await twin.close();
    await writer.close();
    const calls = await registry.db.selectFrom('invocations').select('id').execute();
    expect(calls.map(({ id }) => id).sort()).toEqual([unsure.id, later.id].sort());
    const server = await registry.db.selectFrom('servers').select('use_count').executeTakeFirstOrThrow();
    expect(server.use_count).toBe(2);
  });
});
