import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityList, AuditEntry, AuditList } from '#contract/activity.ts';
import { createTestDatabase, type TestDatabase } from './support/databases.ts';
import { startDesk, type Desk } from './support/desk.ts';
import { runCommand } from './support/run-command.ts';
import { eventually } from './support/test-desk.ts';
import { createVisitor } from './support/visitor.ts';

const SECRET = 'the one secret of this installation';
const SERVERS = 24;
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** What one writer did to a server, one after the other, as far as it was told that it was done. */
interface Told {
  name: string;
  isCreated: boolean;
  displayNames: string[];
  secrets: number;
  isDeleted: boolean;
}

describe('the record of two desks on one PostgreSQL', { timeout: 240_000 }, () => {
  let database: TestDatabase;
  let place: string[];
  let desks: Desk[];
  let other: string;
  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    place = database.location.engine === 'postgres' ? ['--database', database.location.url] : [];
    desks = [];
    other = await mkdtemp(join(tmpdir(), 'touchmark-audit-'));
  });
  afterAll(async () => {
    await Promise.all(desks.map((desk) => desk.stop()));
    await rm(other, { recursive: true, force: true });
    await database.drop();
  });

  const start = async (dataFolder?: string): Promise<Desk> => {
    const args = ['--no-samples', '--secret', SECRET, ...place];
    const desk = await startDesk({ args, ...(dataFolder === undefined ? {} : { dataFolder }) });
    desks.push(desk);
    return desk;
  };
  const rowsOf = async ({ registryUrl }: Desk, key: string): Promise<AuditEntry[]> => {
    const all: AuditEntry[] = [];
    let before: string | null = '';
    while (before !== null) {
      const query: string = before === '' ? '' : `&before=${before}`;
      const headers = { Authorization: `Bearer ${key}` };
      const page = await fetch(`${registryUrl}/-/audit?limit=200${query}`, { headers });
      const { entries, nextBefore } = (await page.json()) as AuditList;
      all.push(...entries);
      before = nextBefore;
    }
    return all;
  };

  it('has each change that happened once and no other, though one of them is killed among them', async () => {
    const [first, second] = [await start(), await start()];
    const key = first.ownerKey ?? second.ownerKey ?? '';
    const ask = async ({ registryUrl }: Desk, method: string, path: string, body?: object) => {
      const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
      const answer = await fetch(`${registryUrl}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      await answer.arrayBuffer();
      return answer.status < 300;
    };
    expect(await ask(first, 'PUT', '/namespaces/pair')).toBe(true);
    const visitors = await Promise.all(
      [first, second].map(async ({ url }) => {
        const visitor = createVisitor(url);
        expect((await visitor.signIn({ apiKey: key })).status).toBe(200);
        return visitor;
      }),
    );

    // Each goes on until its desk is gone; what it asked for last may have happened, or not.
    const write = async (told: Told, turn: number): Promise<void> => {
      const [here, there] = turn % 2 === 0 ? [first, second] : [second, first];
      const visitor = visitors[turn % 2];
      const path = `/servers/${encodeURIComponent(told.name)}`;
      told.isCreated = await ask(here, 'PUT', path);
      for (let n = 0; n < 3; n += 1) {
        const displayName = `${told.name} ${n}`;
        const fields = { displayName };
        const isDone =
          n === 1
            ? (await visitor?.updateServer(told.name, fields))?.status === 200
            : await ask(n === 0 ? there : here, 'PATCH', path, fields);
        if (isDone) told.displayNames.push(displayName);
        if (await ask(there, 'PUT', `${path}/secrets`, { name: `S${n}`, value: 'never told' }))
          told.secrets += 1;
      }
      if (turn % 3 === 0) return;
      told.isDeleted =
        turn % 3 === 1
          ? await ask(there, 'DELETE', path)
          : (await visitor?.deleteServer(told.name, { id: randomUUID() }))?.status === 200;
    };
    const all: Told[] = Array.from({ length: SERVERS }, (_, n) => ({
      name: `pair/s${n}`,
      isCreated: false,
      displayNames: [],
      secrets: 0,
      isDeleted: false,
    }));
    const writing = Promise.allSettled(all.map(write));
    while (all.every(({ isDeleted }) => !isDeleted)) await sleep(2);
    await first.kill();
    await writing;
    const again = await start(first.dataFolder);

    const rows = await rowsOf(second, key);
    const { db } = database;
    const present = await db.selectFrom('servers').select(['id', 'qualified_name', 'display_name']).execute();
    const gone = await db.selectFrom('deleted_servers').select(['id', 'qualified_name']).execute();
    const of = (action: AuditEntry['action']) => rows.filter((row) => row.action === action);
    const idsOf = (entries: readonly AuditEntry[]) =>
      entries.map(({ targetId }) => targetId ?? '').toSorted(compare);
    expect(idsOf(of('server.create'))).toEqual([...present, ...gone].map(({ id }) => id).toSorted(compare));
    expect(idsOf(of('server.delete'))).toEqual(gone.map(({ id }) => id).toSorted(compare));
    const secrets = await db.selectFrom('secrets').select('name').execute();
    for (const told of all) {
      const { name } = told;
      const its = rows.filter(({ target }) => target === name).toReversed();
      const names = its
        .filter(({ action }) => action === 'server.update')
        .map(({ changes }) => changes[0]?.after);
      const server = present.find(({ qualified_name }) => qualified_name === name);
      // What was told is there; of the last that was asked for the row is there where it happened.
      expect(names).toEqual(expect.arrayContaining(told.displayNames));
      expect(new Set(names).size).toBe(names.length);
      const shownName = names.at(-1) ?? name.split('/')[1];
      expect(server?.display_name ?? shownName).toBe(shownName);
      expect(its.some(({ action }) => action === 'server.create') || !told.isCreated).toBe(true);
      expect(gone.some(({ qualified_name }) => qualified_name === name) || !told.isDeleted).toBe(true);
      const set = its.filter(({ action }) => action === 'secret.set');
      expect(set.length).toBeGreaterThanOrEqual(told.secrets);
    }
    const ofPresent = of('secret.set').filter(({ targetId }) => present.some(({ id }) => id === targetId));
    expect(ofPresent).toHaveLength(secrets.length);
    const operations = rows.flatMap(({ operationId }) => operationId ?? []);
    expect(operations.length).toBeGreaterThan(0);
    expect(new Set(operations).size).toBe(operations.length);
    expect(JSON.stringify(rows)).not.toMatch(/never told|tm_/);

    // The same from either, by the API and by the command, also beside another data folder.
    expect(await rowsOf(again, key)).toEqual(rows);
    for (const data of [second.dataFolder, other]) {
      const { status, stdout } = await runCommand(['audit', '--json', ...place, '--data', data]);
      const lines = stdout.trimEnd().split('\n');
      expect([status, lines.map((line) => JSON.parse(line) as unknown).toReversed()]).toEqual([0, rows]);
    }
    const activityAt = async ({ url }: Desk) => {
      const visitor = createVisitor(url);
      await visitor.signIn({ apiKey: key });
      return async () => {
        const { json } = await visitor.call('/api/-/activity?action=server.delete&limit=100');
        const { entries } = json as unknown as ActivityList;
        return entries.map(({ target, outcome, operationId }) => [target, outcome, operationId]);
      };
    };
    const [atSecond, atAgain] = [await activityAt(second), await activityAt(again)];
    // What was under way when the one was killed is found out by the others.
    await eventually(
      async () => db.selectFrom('operations').select('id').where('settled_at', 'is', null).execute(),
      ({ length }) => length === 0,
    );
    const shown = await atSecond();
    expect(await atAgain()).toEqual(shown);
    const applied = shown.filter(([, outcome]) => outcome === 'applied').map(([target]) => target ?? '');
    const names = gone.map(({ qualified_name }) => qualified_name);
    expect(applied.toSorted(compare)).toEqual(names.toSorted(compare));
  });
});
