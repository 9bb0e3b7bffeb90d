import { dirname } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, dumpTables, type TestRegistry } from '#e2e/support/test-registry.ts';
import { readInstallation, writeInstallation } from '#database/installation.ts';
import { PeopleError } from '#registry/people/people-store.ts';
import { readCommand } from './config.ts';
import { runPeopleCommand } from './people-command.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');

describe.each(engines)('the commands about people on %s', (engine) => {
  let registry: TestRegistry;
  let place: string[];
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    const { location } = registry;
    place = location.engine === 'sqlite' ? ['--data', dirname(location.path)] : ['--database', location.url];
  });
  afterAll(async () => registry.drop());
  beforeAll(async () => {
    await say('user', 'add', 'zoe');
    await say('user', 'disable', 'zoe');
    await say('org', 'add', 'zoo');
  });

  const say = async (...words: string[]): Promise<string> => {
    const command = readCommand([...words, ...place], {});
    if (command.command !== 'people') throw new Error('expected a command about people');
    return runPeopleCommand(command, NOW);
  };
  const tell = async (...words: string[]): Promise<Record<string, unknown>> =>
    JSON.parse(await say(...words, '--json')) as Record<string, unknown>;

  it('leave the data of a newer version alone, and name that version', async () => {
    const { db } = registry;
    const version = await readInstallation(db, 'version');
    await writeInstallation(db, 'version', '0.4.0');
    await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '2030')`.execute(db);
    const before = await dumpTables(registry);
    try {
      for (const words of [
        ['user', 'add', 'late'],
        ['user', 'list'],
        ['key', 'create', 'owner'],
        ['org', 'list'],
      ]) {
        await expect(say(...words)).rejects.toThrow(/^This database was made by Touchmark 0\.4\.0,/);
      }
    } finally {
      await sql`delete from kysely_migration where name = '9999-later'`.execute(db);
      await writeInstallation(db, 'version', version ?? '');
    }
    expect(await dumpTables(registry)).toEqual(before);
  });

  it('show quotas and what is used of them, and change them', async () => {
    expect(await say('user', 'quota', 'rival')).toBe(
      [
        'QUOTA                      AT MOST       USED',
        'servers                    100000        0',
        'bundle bytes               107374182400  0',
        'releases kept of a server  1000          -',
        'event streams at once      500           -',
        'requests a minute          60000         -',
        '',
      ].join('\n'),
    );
    const put = async (name: string) =>
      registry.call('PUT', `/servers/${encodeURIComponent(name)}`, { key: registry.rivalKey });
    await say('user', 'quota', 'rival', '--max-servers', '1');
    expect((await put('rival/one')).status).toBe(201);
    const refused = await put('rival/two');
    expect([refused.status, refused.body]).toEqual([
      403,
      { error: expect.stringMatching(/^Quota of servers: at most 1 for one owner\. Delete some first/) },
    ]);
    expect((await put('rival/one')).status).toBe(201);
    expect(
      await tell('user', 'quota', 'rival', '--max-servers', 'default', '--max-streams', '7'),
    ).toMatchObject({
      name: 'rival',
      quotas: { servers: 100_000, streams: 7 },
      used: { servers: 1 },
    });
    expect((await put('rival/two')).status).toBe(201);
    await expect(say('user', 'quota', 'nobody')).rejects.toThrow(PeopleError);
    await registry.clear();
  });

  it('answer people with aligned text', async () => {
    expect(await say('user', 'add', 'alice')).toMatch(/^User alice is added .*touchmark key create alice\n$/);
    const shown = await say('key', 'create', 'alice', '--label', 'Laptop', '--expires', '30d');
    const [, key = '', id = ''] =
      /^(tm_\w{36})\n.*cannot be shown again.*id is (\S+),.*2026-03-31T12/.exec(shown) ?? [];
    expect((await registry.call('GET', '/servers', { key })).status).toBe(200);
    const list = await say('key', 'list', 'alice');
    expect(list.split('\n')).toEqual([
      expect.stringMatching(/^ID {36}USER {3}LABEL {3}CREATED {19}EXPIRES {19}LAST USED$/),
      `${id}  alice  Laptop  2026-03-01T12:00:00.000Z  2026-03-31T12:00:00.000Z  -`,
      '',
    ]);
    expect(await say('user', 'list')).toMatch(
      /^NAME {3}KEYS {2}NAMESPACES .*\nalice {2}1 {5}0 .*\nowner {2}1 {5}1 /,
    );
    expect(await say('org', 'add', 'guild', '--admin', 'alice')).toMatch(/ Admins: alice\.\n$/);
    expect(await say('org', 'member', 'guild', 'rival')).toMatch(/^rival is a member of guild\. /);
    expect(await say('org', 'list')).toMatch(/^NAME .*MEMBERS\nguild .* alice \(admin\), rival\nzoo .* -\n$/);
    expect(await say('org', 'member', 'guild', 'alice', '--remove')).toMatch(
      /^alice is no longer in guild\. It has no admin: touchmark org member guild USER --role admin\n$/,
    );
    expect(await say('key', 'revoke', id)).toBe(
      'The key "Laptop" of alice is revoked, and the service tokens made with it.\n',
    );
    expect((await registry.call('GET', '/servers', { key })).status).toBe(401);
    expect(await say('user', 'disable', 'alice')).toMatch(
      /^User alice is disabled\. Ended: 0 keys .*\n.*0 namespaces/,
    );
  });

  it('answer programs with one JSON document, and show a key once', async () => {
    const user = await tell('user', 'add', 'bob');
    expect(user).toEqual({ id: expect.any(String), name: 'bob', createdAt: NOW.toISOString() });
    const made = await tell('key', 'create', 'bob', '--expires', '12h');
    const { key, ...known } = made;
    expect(known).toEqual({
      id: expect.any(String),
      user: 'bob',
      label: 'Made on the command line',
      createdAt: NOW.toISOString(),
      expiresAt: '2026-03-02T00:00:00.000Z',
      lastUsedAt: null,
    });
    expect(await tell('key', 'list', 'bob')).toEqual({ keys: [known] });
    const everyList = await Promise.all(['user', 'key', 'org'].map((noun) => say(noun, 'list', '--json')));
    expect(JSON.stringify([everyList, await dumpTables(registry)])).not.toContain(String(key).slice(3, 33));
    expect(await tell('user', 'list')).toMatchObject({
      users: expect.arrayContaining([{ ...user, disabledAt: null, isAdmin: false, keys: 1, namespaces: 0 }]),
    });
    expect(await tell('key', 'revoke', String(known.id))).toEqual({ ...known, revoked: true });
    const organization = { name: 'league', disabledAt: null, members: [{ user: 'bob', role: 'admin' }] };
    expect(await tell('org', 'add', 'league', '--admin', 'bob')).toMatchObject(organization);
    expect((await tell('org', 'list'))['organizations']).toContainEqual(
      expect.objectContaining(organization),
    );
    expect(await tell('org', 'member', 'league', 'bob', '--remove')).toMatchObject({ members: [] });
    expect(await tell('user', 'disable', 'bob')).toMatchObject({
      name: 'bob',
      disabledAt: NOW.toISOString(),
      endedKeys: 0,
    });
  });

  it.each([
    [['user', 'add', 'owner'], 'The name owner is taken by a user.'],
    [['user', 'add', 'Not A Name'], 'must be 3 to 39 lower-case letters'],
    [['user', 'disable', 'nobody'], 'There is no user "nobody".'],
    [['user', 'disable', 'zoe'], 'zoe is disabled since'],
    [['user', 'disable', 'owner'], 'The user owner cannot be disabled'],
    [['user', 'admin', 'nobody', 'on'], 'There is no user "nobody".'],
    [['user', 'admin', 'zoe', 'on'], 'zoe is disabled since'],
    [['user', 'admin', 'zoo', 'on'], 'zoo is an organization: only users can be administrators.'],
    [['key', 'create', 'nobody'], 'There is no user "nobody".'],
    [['key', 'create', 'zoe'], 'zoe is disabled since'],
    [['key', 'list', 'nobody'], 'There is no user "nobody".'],
    [['key', 'revoke', 'no-such-id'], 'There is no key "no-such-id".'],
    [['org', 'add', 'another', '--admin', 'nobody'], 'There is no user "nobody".'],
    [['org', 'member', 'owner', 'rival'], 'There is no organization "owner".'],
    [['org', 'member', 'zoo', 'zoo'], 'only users can be members'],
    [['org', 'member', 'zoo', 'owner', '--remove'], 'owner is no member of zoo.'],
    [['org', 'member', 'zoo', 'zoe'], 'zoe is disabled since'],
  ])('refuse %j in one line, and do nothing', async (words, reason) => {
    const before = await dumpTables(registry);
    const refusal = await say(...words).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(PeopleError);
    expect((refusal as Error).message).toContain(reason);
    expect((refusal as Error).message).not.toContain('\n');
    expect(await dumpTables(registry)).toEqual(before);
  });
});
