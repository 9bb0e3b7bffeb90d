import { afterEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#e2e/support/databases.ts';
import { onPostgres } from '#e2e/support/postgres.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { openHints, type Hints } from './hints.ts';

let database: TestDatabase | undefined;
const opened: Hints[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((hints) => hints.close()));
  await database?.drop();
});

function open(at: TestDatabase): { hints: Hints; heard: string[] } {
  const hints = openHints(at.location);
  const heard: string[] = [];
  hints.listen((text) => void heard.push(text));
  opened.push(hints);
  return { hints, heard };
}

/** Sends until it is heard: a hint may get lost, above all before anybody listens. */
const sendUntilHeard = (hints: Hints, text: string, heard: string[]) =>
  eventually(
    async () => {
      hints.send(text);
      return heard.includes(text);
    },
    (isHeard) => isHeard,
  );

it('a hint reaches every process on a PostgreSQL database, and again once a broken connection is replaced', async () => {
  database = await createTestDatabase('postgres');
  const [one, other] = [open(database), open(database)];
  expect(await sendUntilHeard(one.hints, 'release 1', other.heard)).toBe(true);
  expect(await sendUntilHeard(other.hints, 'it’s "release" 2', one.heard)).toBe(true);
  const url = database.location.engine === 'postgres' ? database.location.url : '';
  await onPostgres(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
  );
  expect(await sendUntilHeard(one.hints, 'release 3', other.heard)).toBe(true);
});

it('a process that has its database to itself needs none', async () => {
  database = await createTestDatabase('sqlite');
  const { hints, heard } = open(database);
  hints.send('release 1');
  expect(heard).toEqual([]);
});
