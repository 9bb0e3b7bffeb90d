import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { generateKey, hashKey, isWellFormedKey } from './key-format.ts';
import { ensureOwner, mintKey, revokeKey } from './key-store.ts';
import { createTestRegistry, dumpTables, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';

describe.each(engines)('keys on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await registry.put('acme/weather');
  });
  afterAll(async () => registry.drop());

  it('that are missing or wrong are told apart, in words that say what to do', async () => {
    const errorWith = async (key: string | null) => (await registry.call('GET', '/servers', { key })).body;
    expect(await errorWith(null)).toEqual({ error: expect.stringMatching(/^API key missing: send it as/) });
    for (const key of ['wrong', 'tm_mistyped', generateKey()]) {
      expect(await errorWith(key)).toEqual({
        error: expect.stringMatching(/^API key not valid: it is mistyped/),
      });
    }
    expect(await errorWith('tmt_wrong')).toEqual({
      error: expect.stringMatching(/^Service token not valid/),
    });
  });

  it('are accepted whatever the case of the scheme, and in no other scheme', async () => {
    const statusWith = async (authorization: string) =>
      (await registry.fetch(new Request('http://x/servers', { headers: { authorization } }))).status;
    expect(await statusWith(`bearer ${registry.ownerKey}`)).toBe(200);
    expect(await statusWith(`BEARER  ${registry.ownerKey}`)).toBe(200);
    expect(await statusWith(`Basic ${registry.ownerKey}`)).toBe(401);
    expect(await statusWith(registry.ownerKey)).toBe(401);
    expect(await statusWith(`Bearer ${registry.ownerKey} x`)).toBe(401);
  });

  it('may come as X-Touchmark-Key, which then alone counts, whatever Authorization says', async () => {
    const statusWith = async (headers: Record<string, string>) =>
      (await registry.fetch(new Request('http://x/servers', { headers }))).status;
    const right = registry.ownerKey;
    const wrong = generateKey();
    for (const authorization of [
      {},
      ...[right, wrong, 'theirs'].map((a) => ({ Authorization: `Bearer ${a}` })),
    ]) {
      for (const scheme of ['', 'Bearer ']) {
        expect(await statusWith({ ...authorization, 'X-Touchmark-Key': scheme + right })).toBe(200);
      }
      for (const key of [wrong, 'tm_mistyped', 'tmt_wrong', '', `${right}, ${right}`, `Basic ${right}`]) {
        expect(await statusWith({ ...authorization, 'X-Touchmark-Key': key })).toBe(401);
      }
    }
    expect(await statusWith({ Authorization: 'Basic dXNlcjpwYXNz', 'X-Touchmark-Key': right })).toBe(200);
  });

  it('that come as X-Touchmark-Key are needed no less where listed skills are read without one', async () => {
    const statusWith = async (key: string) =>
      (await registry.fetch(new Request('http://x/skills', { headers: { 'X-Touchmark-Key': key } }))).status;
    expect(await statusWith('')).toBe(200);
    expect(await statusWith(registry.ownerKey)).toBe(200);
    expect(await statusWith(generateKey())).toBe(401);
  });

  it('end at the moment they expire, and not before', async () => {
    const expiresAt = new Date(TEST_NOW.getTime() + 60_000);
    const key = await mintKey(registry.db, {
      userId: registry.ownerId,
      label: 'Short',
      expiresAt,
      now: TEST_NOW,
    });
    registry.clock.now = new Date(expiresAt.getTime() - 1);
    expect((await registry.call('GET', '/servers', { key })).status).toBe(200);
    registry.clock.now = expiresAt;
    expect((await registry.call('GET', '/servers', { key })).status).toBe(401);
    registry.clock.now = TEST_NOW;
  });

  it('end when they are revoked, and no other with them', async () => {
    const options = { userId: registry.ownerId, label: 'Second', expiresAt: null, now: TEST_NOW };
    const key = await mintKey(registry.db, options);
    expect((await registry.call('GET', '/servers', { key })).status).toBe(200);
    await revokeKey(registry.db, key);
    await revokeKey(registry.db, key);
    expect((await registry.call('GET', '/servers', { key })).status).toBe(401);
    expect((await registry.call('GET', '/servers')).status).toBe(200);
  });

  it('are nowhere in the database', async () => {
    const dump = JSON.stringify(await dumpTables(registry));
    expect(dump).toContain(hashKey(registry.ownerKey));
    expect(dump).not.toContain(registry.ownerKey);
    expect(dump).not.toContain(registry.ownerKey.slice(3, 33));
  });

  it('are made for the first user once, and shown that one time', async () => {
    const again = await ensureOwner(registry.db, TEST_NOW);
    expect(again).toEqual({ userId: registry.ownerId, apiKey: null });
  });
});

describe('a key', () => {
  it('is found by what a secret scanner looks for, its checksum included', () => {
    const planted = `const key = "${generateKey()}";`;
    const found = /tm_[0-9A-Za-z]{36}/.exec(planted)?.[0] ?? '';
    expect(isWellFormedKey(found)).toBe(true);
  });

  it('with one character changed is no key', () => {
    const key = generateKey();
    for (let i = 0; i < key.length; i++) {
      const changed = key.slice(0, i) + (key[i] === 'a' ? 'b' : 'a') + key.slice(i + 1);
      expect(isWellFormedKey(changed)).toBe(false);
    }
    expect(isWellFormedKey(`${key}a`)).toBe(false);
    expect(isWellFormedKey(key.slice(0, -1))).toBe(false);
  });

  it('that is mistyped is refused without a look into the database', async () => {
    const registry = await createTestRegistry('sqlite');
    await registry.drop();
    expect((await registry.call('GET', '/servers', { key: 'tm_mistyped' })).status).toBe(401);
    expect((await registry.call('GET', '/servers', { key: generateKey() })).status).toBe(500);
  });
});
