import { Buffer } from 'node:buffer';
import Smithery from '@smithery/api';
import fc from 'fast-check';
import { sign } from 'hono/jwt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, dumpTables, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { createRegistry } from '#registry/create-registry.ts';
import { endKey, listKeys, mintKey } from './key-store.ts';
import { disableOwner } from '#registry/people/people-store.ts';
import { addOrganization, changeMember } from '#registry/people/organization-store.ts';

const HOUR = 3_600_000;
const refused = (status: number, text: RegExp) => ({ status, body: { error: expect.stringMatching(text) } });

describe.each(engines)('service tokens on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    const { db, ownerId } = registry;
    const created_at = TEST_NOW.toISOString();
    await db.insertInto('namespaces').values({ name: 'second', owner_id: ownerId, created_at }).execute();
    await registry.put('acme', 'acme/weather', 'second/tides');
    await registry.call('PUT', '/servers/rival%2Fradar', { key: registry.rivalKey });
  });
  afterAll(async () => registry.drop());
  afterEach(() => {
    registry.clock.now = TEST_NOW;
  });

  const post = (body?: unknown, key?: string) =>
    registry.call('POST', '/tokens', { body, ...(key === undefined ? {} : { key }) });
  const make = async (policy?: unknown[], key?: string): Promise<string> => {
    const { status, body } = await post(policy === undefined ? undefined : { policy }, key);
    expect(status).toBe(200);
    return (body as { token: string }).token;
  };
  const statusOf = async (method: string, path: string, key: string) =>
    (await registry.call(method, path, { key })).status;

  it('are made with a key and do what the key does, for an hour', async () => {
    const { status, body } = await post();
    expect(status).toBe(200);
    const { token, expiresAt } = body as { token: string; expiresAt: string };
    expect(Object.keys(body as object).sort()).toEqual(['expiresAt', 'token']);
    expect(expiresAt).toBe(new Date(TEST_NOW.getTime() + HOUR).toISOString());
    expect(token).toMatch(/^tmt_[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(await statusOf('PATCH', '/servers/acme', token)).toBe(200);
    expect(await statusOf('GET', '/namespaces', token)).toBe(200);
  });

  it('are made by the official client, with a policy, an empty body or none', async () => {
    const client = new Smithery({
      apiKey: registry.ownerKey,
      baseURL: 'http://desk.test',
      fetch: (url, init) => registry.fetch(new Request(url, init)),
    });
    for (const body of [undefined, null, {}, { policy: [{ resources: 'servers' as const, ttl: '20m' }] }]) {
      const { token, expiresAt } = await client.tokens.create(body);
      expect(Date.parse(expiresAt)).toBeGreaterThan(TEST_NOW.getTime());
      const asToken = client.withOptions({ apiKey: token });
      expect((await asToken.servers.get('acme')).qualifiedName).toBe('acme');
    }
  });

  it('are nowhere in the database', async () => {
    const before = await dumpTables(registry);
    await make([{ operations: 'read' }]);
    expect(await dumpTables(registry)).toEqual(before);
  });

  it.each([
    [[{ ttl: 90 }], 90],
    [[{ ttl: '20s' }], 20],
    [[{ ttl: '30m' }, { ttl: '1h' }, {}], 1800],
    [[{ ttl: '24h' }], 86_400],
    [[{ operations: 'read' }], 3600],
  ])('with %j end at their moment, and not before', async (policy, seconds) => {
    const { body } = await post({ policy });
    const { token, expiresAt } = body as { token: string; expiresAt: string };
    const end = TEST_NOW.getTime() + seconds * 1000;
    expect(Date.parse(expiresAt)).toBe(end);
    registry.clock.now = new Date(end - 1);
    expect(await statusOf('GET', '/servers', token)).toBe(200);
    registry.clock.now = new Date(end);
    const answer = await registry.call('GET', '/servers', { key: token });
    expect(answer).toMatchObject(refused(401, new RegExp(`expired at ${expiresAt}.*POST /tokens`)));
    expect(answer.headers.get('WWW-Authenticate')).toContain('Bearer');
  });

  it('do only what their operations and resources say, and are told so', async () => {
    const reader = await make([{ operations: ['read'] }]);
    expect(await statusOf('GET', '/servers/acme', reader)).toBe(200);
    expect(await registry.call('PATCH', '/servers/acme', { key: reader })).toMatchObject(
      refused(403, /policy allows operations read, not write/),
    );
    const other = await make([{ resources: ['namespaces', 'skills'] }]);
    expect(await statusOf('GET', '/namespaces', other)).toBe(200);
    expect(await registry.call('GET', '/servers', { key: other })).toMatchObject(
      refused(403, /policy allows resources namespaces, skills, not servers/),
    );
  });

  it('reach their namespaces alone, in paths, lists, searches and counts', async () => {
    const token = await make([{ namespaces: 'acme' }]);
    expect(await statusOf('GET', '/servers/acme%2Fweather', token)).toBe(200);
    for (const path of [
      '/servers/second%2Ftides',
      '/servers/rival%2Fradar',
      '/servers/none',
      '/servers/acme%2Fa%2Fb',
    ]) {
      expect(await registry.call('GET', path, { key: token })).toMatchObject(
        refused(403, /policy allows namespaces acme, not this one/),
      );
      expect(await statusOf('DELETE', path, token)).toBe(403);
    }
    const namesIn = async (path: string) => {
      const { body } = await registry.call('GET', path, { key: token });
      const { servers, pagination } = body as {
        servers: { qualifiedName: string }[];
        pagination: { totalCount: number };
      };
      expect(pagination.totalCount).toBe(servers.length);
      return servers.map(({ qualifiedName }) => qualifiedName).sort();
    };
    expect(await namesIn('/servers')).toEqual(['acme', 'acme/weather']);
    expect(await namesIn('/servers?seed=7')).toEqual(['acme', 'acme/weather']);
    expect(await namesIn('/servers?q=tides')).toEqual([]);
    expect(await namesIn('/servers?q=weather')).toEqual(['acme/weather']);
    expect(await namesIn('/servers?namespace=second')).toEqual([]);
    expect(await namesIn('/servers?isDeployed=false')).toEqual(['acme', 'acme/weather']);
    const { body } = await registry.call('GET', '/namespaces', { key: token });
    expect(body).toMatchObject({ namespaces: [{ name: 'acme' }] });
    expect(await statusOf('PUT', '/namespaces/another', token)).toBe(403);
  });

  it('allow nothing where two limits have no namespace in common', async () => {
    const token = await make([{ namespaces: ['acme'] }, { namespaces: ['second'] }]);
    for (const path of ['/servers', '/servers/acme', '/servers/second%2Ftides', '/namespaces']) {
      expect(await registry.call('GET', path, { key: token })).toMatchObject(refused(403, /allows nothing/));
    }
  });

  it('made with a token keep its limits and end no later', async () => {
    const parent = await make([{ operations: ['read', 'write'], namespaces: ['acme'], ttl: '10m' }]);
    const { body } = await post({ policy: [{ namespaces: ['acme', 'second'], ttl: '24h' }] }, parent);
    const { token, expiresAt } = body as { token: string; expiresAt: string };
    expect(Date.parse(expiresAt)).toBe(TEST_NOW.getTime() + 600_000);
    expect(await statusOf('GET', '/servers/acme', token)).toBe(200);
    expect(await statusOf('GET', '/servers/second%2Ftides', token)).toBe(403);
    const reader = await make([{ operations: 'read' }], token);
    expect(await statusOf('PATCH', '/servers/acme', token)).toBe(200);
    expect(await statusOf('PATCH', '/servers/acme', await make(undefined, reader))).toBe(403);
  });

  it('never outlive the key they were made with, and end when it is revoked', async () => {
    const { db, ownerId: userId } = registry;
    const expiresAt = new Date(TEST_NOW.getTime() + 60_000);
    const short = await mintKey(db, { userId, label: 'Short', expiresAt, now: TEST_NOW });
    const { body } = await post({}, short);
    expect(body).toMatchObject({ expiresAt: expiresAt.toISOString() });

    const key = await mintKey(db, { userId, label: 'Revoked', expiresAt: null, now: TEST_NOW });
    const token = await make(undefined, key);
    const child = await make(undefined, token);
    const id = (await listKeys(db, userId)).find(({ label }) => label === 'Revoked')?.id ?? '';
    await endKey(db, { id, now: TEST_NOW });
    for (const ended of [token, child]) {
      expect(await registry.call('GET', '/servers', { key: ended })).toMatchObject(
        refused(401, /Service token ended/),
      );
      expect((await post({}, ended)).status).toBe(401);
    }
  });

  it('of an organization act as it alone, made by its admins while they are that', async () => {
    const { db, ownerId } = registry;
    const now = TEST_NOW;
    const { id } = await addOrganization(db, { id: 'org-1', name: 'the-org', admin: 'owner', now });
    const created_at = now.toISOString();
    await db.insertInto('namespaces').values({ name: 'org-space', owner_id: id, created_at }).execute();
    const { body } = await post({ organizationId: id });
    const { token } = body as { token: string };
    expect(await statusOf('PUT', '/servers/org-space%2Fone', token)).toBe(201);
    expect(await statusOf('PATCH', '/servers/org-space%2Fone', token)).toBe(200);
    expect(await statusOf('PATCH', '/servers/acme', token)).toBe(403);
    const spaces = await registry.call('GET', '/namespaces', { key: await make(undefined, token) });
    expect(spaces.body).toMatchObject({ namespaces: [{ name: 'org-space' }] });
    expect((await post({ organizationId: 'org-2' }, token)).status).toBe(403);
    expect((await post({ organizationId: ownerId }, token)).status).toBe(403);

    for (const [key, organizationId] of [
      [registry.rivalKey, id],
      [registry.ownerKey, 'none'],
    ] as const) {
      expect(await post({ organizationId }, key)).toMatchObject(
        refused(403, /only an admin of the organization/),
      );
    }
    await changeMember(db, { organization: 'the-org', user: 'rival', role: 'member', now });
    expect((await post({ organizationId: id }, registry.rivalKey)).status).toBe(403);
    const own = await mintKey(db, { userId: id, label: 'Own', expiresAt: null, now });
    expect((await post({ organizationId: id }, own)).status).toBe(200);

    await changeMember(db, { organization: 'the-org', user: 'owner', role: 'member', now });
    expect(await statusOf('GET', '/servers', token)).toBe(401);
    await disableOwner(db, { name: 'the-org', now });
    expect(await statusOf('GET', '/servers', own)).toBe(401);
    expect(await statusOf('PATCH', '/servers/org-space%2Fone', registry.ownerKey)).toBe(403);
  });

  it('cannot be forged, altered or brought from elsewhere', async () => {
    const token = await make([{ operations: 'read' }]);
    const [header = '', payload = '', signature = ''] = token.slice(4).split('.');
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const wider = { ...claims, policy: [] };
    const elsewhere = createRegistry({ ...registry.registryOptions, secret: new Uint8Array(32).fill(8) });
    const foreign = await elsewhere.fetch(
      new Request('http://x/tokens', {
        method: 'POST',
        headers: { Authorization: `Bearer ${registry.ownerKey}` },
      }),
    );
    const { token: foreignToken } = (await foreign.json()) as { token: string };
    await elsewhere.close();
    const forgeries = [
      `${header}.${encode(wider)}.${signature}`,
      `${encode({ alg: 'none', typ: 'JWT' })}.${encode(wider)}.`,
      `${encode({ alg: 'HS512', typ: 'JWT' })}.${payload}.${signature}`,
      await sign(wider, ''.padEnd(32, '\u0007')),
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}.${payload}.${signature}.${signature}`,
      `${token.slice(4, -1)}${token.endsWith('A') ? 'Q' : 'A'}`,
      '',
      'x'.repeat(50_000),
      foreignToken.slice(4),
    ].map((jwt) => `tmt_${jwt}`);
    for (const forged of [...forgeries, token.slice(4)]) {
      expect([forged, await statusOf('GET', '/servers', forged)]).toEqual([forged, 401]);
    }
    expect(await statusOf('GET', '/servers', token)).toBe(200);
  });

  it.each([
    [{ policy: [] }, /^policy: must not be empty/],
    [{ policy: 'read' }, /^policy: must be a list/],
    [{ policy: [{ operations: 'delete' }] }, /^policy\.0\.operations\.0: must be of read, write, execute/],
    [{ policy: [{ operations: [] }] }, /^policy\.0\.operations: must not be empty/],
    [{ policy: [{}, { resources: ['server'] }] }, /^policy\.1\.resources\.0: must be of servers/],
    [{ policy: [{ namespaces: 'acme/weather' }] }, /^policy\.0\.namespaces\.0: must be names/],
    [{ policy: [{ namespaces: [7] }] }, /^policy\.0\.namespaces\.0: must be names/],
    [{ policy: [{ ttl: '25h' }] }, /^policy\.0\.ttl: must be .* at most 24h/],
    [{ policy: [{ ttl: 86_401 }] }, /^policy\.0\.ttl/],
    [{ policy: [{ ttl: 0 }] }, /^policy\.0\.ttl/],
    [{ policy: [{ ttl: -1 }] }, /^policy\.0\.ttl/],
    [{ policy: [{ ttl: 'soon' }] }, /^policy\.0\.ttl/],
    [{ policy: [{ ttl: null }] }, /^policy\.0\.ttl/],
    [{ policy: [{ metadata: { user: 'alice' } }] }, /^policy\.0\.metadata: .*no|none; leave it out/],
    [{ policy: [{ rpcReqMatch: { method: '(' } }] }, /^policy\.0\.rpcReqMatch: "method" is not a regular/],
    [
      { policy: [{ rpcReqMatch: { method: '\\pL{1000}' } }] },
      /^policy\.0\.rpcReqMatch: "method" is too large/,
    ],
    [
      { policy: [{}, { rpcReqMatch: { a: '((a{9}){9}){99}' } }] },
      /^policy\.1\.rpcReqMatch: "a" is too large/,
    ],
    [{ policy: [{ rpcReqMatch: { 'a..b': 'x' } }] }, /^policy\.0\.rpcReqMatch: "a\.\.b" is not a path/],
    [{ policy: [{ rpcReqMatch: { method: 'x'.repeat(501) } }] }, /at most 500 characters/],
    [{ policy: [{ rpcReqMatch: {} }] }, /^policy\.0\.rpcReqMatch: .* not empty/],
    ['{"policy":[{"rpcReqMatch":{"__proto__":"x","method":"x"}}]}', /"__proto__" is not a path/],
    ['{"policy":[{"__proto__":{},"operations":"read"}]}', /^policy\.0: there is no field "__proto__"/],
    [{ policy: [{ operation: 'read' }] }, /^policy\.0: there is no field "operation"/],
    [{ scope: 'all' }, /^Body: there is no field "scope"/],
    [{ organizationId: '' }, /^organizationId: must not be empty/],
    [{ policy: Array.from({ length: 17 }, () => ({})) }, /^policy: must be at most 16 constraints/],
    [{ policy: [{ namespaces: Array.from({ length: 400 }, (_, i) => `space-${i}`) }] }, /at most 4096 bytes/],
    [
      { policy: [{ rpcReqMatch: Object.fromEntries(Array.from('abcdefghi', (name) => [name, 'x'])) }] },
      /at most 8 patterns/,
    ],
  ])('are not made from %j', async (body, text) => {
    expect(await post(body)).toMatchObject(refused(400, text));
  });

  it('are refused for the number and size of their patterns before any is compiled', async () => {
    const patterns = (count: number, pattern: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`params.p${i}`, pattern]));
    // None of these is a pattern: whoever compiled them first would say so.
    const many = patterns(900, '(');
    expect(await post({ policy: [{ rpcReqMatch: many }] })).toMatchObject(refused(400, /^policy: must /));
    const wide = Array.from({ length: 2000 }, () => ({ rpcReqMatch: patterns(2, '(') }));
    expect(await post({ policy: wide })).toMatchObject(refused(400, /^policy: must be at most 16/));
    const nine = Array.from({ length: 9 }, () => ({ rpcReqMatch: patterns(1, '(') }));
    expect(await post({ policy: nine })).toMatchObject(refused(400, /^policy: must have at most 8 patterns/));
    const large = patterns(8, '(?i)[a-\\x{10ffff}]{1000}a(');
    expect(await post({ policy: [{ rpcReqMatch: large }] })).toMatchObject(
      refused(400, /too large a pattern/),
    );
  });

  it('are made so often with one key, whatever is asked for, and others meanwhile as if alone', async () => {
    const own = await createTestRegistry(engine, { limits: { tokensPerMinute: 3 } });
    const ask = (key: string, body?: unknown) => own.call('POST', '/tokens', { key, body });
    const { body } = await ask(own.ownerKey);
    expect((await ask((body as { token: string }).token)).status).toBe(200);
    expect((await ask(own.ownerKey, { policy: [] })).status).toBe(400);
    for (const key of [own.ownerKey, (body as { token: string }).token]) {
      const answer = await ask(key);
      expect(answer).toMatchObject(refused(429, /at most 3 a minute.*Try again in 20 s/));
      expect(answer.headers.get('Retry-After')).toBe('20');
    }
    expect((await ask(own.rivalKey)).status).toBe(200);
    own.clock.now = new Date(TEST_NOW.getTime() + 20_000);
    expect((await ask(own.ownerKey)).status).toBe(200);
    await own.drop();
  });

  it('cannot grow beyond the size of a policy by being handed on', async () => {
    let token = await make([{ operations: 'read' }]);
    for (let made = 1; made < 16; made++) token = await make([{ operations: 'read' }], token);
    expect(await post({ policy: [{ operations: 'read' }] }, token)).toMatchObject(refused(400, /at most 16/));
    expect(await statusOf('GET', '/servers', token)).toBe(200);
  });

  it('handed on with any further policy may do no more than before', async () => {
    const names = ['acme', 'second', 'rival'];
    const policy = fc.array(
      fc.record(
        {
          namespaces: fc.subarray(names, { minLength: 1 }),
          resources: fc.subarray(['servers', 'namespaces', 'skills'], { minLength: 1 }),
          operations: fc.subarray(['read', 'write', 'execute'], { minLength: 1 }),
        },
        { requiredKeys: [] },
      ),
      { minLength: 1, maxLength: 2 },
    );
    const asked = [
      ['GET', '/servers'],
      ['GET', '/namespaces'],
      ...names.flatMap((name) => [
        ['GET', `/servers/${name}`],
        ['PATCH', `/servers/${name}`],
      ]),
    ] as const;
    const allowedTo = async (key: string) => {
      const answers = await Promise.all(
        asked.map(async ([method = '', path = '']) => {
          const { status, body } = await registry.call(method, path, { key });
          if (status === 401 || status === 403) return [];
          const listed = body as { servers?: { qualifiedName: string }[]; namespaces?: { name: string }[] };
          const servers = (listed.servers ?? []).map(({ qualifiedName }) => qualifiedName);
          const spaces = (listed.namespaces ?? []).map(({ name }) => name);
          return ['', ...servers, ...spaces].map((row) => `${method} ${path} ${row}`);
        }),
      );
      return answers.flat();
    };
    await fc.assert(
      fc.asyncProperty(policy, policy, async (first, second) => {
        const wide = await make(first);
        const whole = await allowedTo(registry.ownerKey);
        const before = await allowedTo(wide);
        expect(whole).toEqual(expect.arrayContaining(before));
        expect(before).toEqual(expect.arrayContaining(await allowedTo(await make(second, wide))));
      }),
      { numRuns: 25 },
    );
  });
});
