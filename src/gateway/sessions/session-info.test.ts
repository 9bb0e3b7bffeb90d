import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UNKNOWN_IDENTITY } from '#contract/identity.ts';
import { createTestDatabase, type TestDatabase } from '#e2e/support/databases.ts';
import { startGateway, type RunningGateway } from '#e2e/support/running-gateway.ts';
import {
  API_KEY,
  sendJson,
  startScriptedRegistry,
  type ScriptedRegistry,
} from '#e2e/support/scripted-registry.ts';
import { remoteRegistry } from '#gateway/registry/remote-registry.ts';

const alice = {
  user: 'alice',
  isOrganization: false,
  keyLabel: 'laptop',
  keyExpiresAt: '2026-12-01T00:00:00.000Z',
  organizations: ['acme-org'],
  isAdmin: false,
};

describe('whose key a session has', () => {
  let database: TestDatabase;
  let registry: ScriptedRegistry;
  let running: RunningGateway;
  let close: () => Promise<void>;
  beforeAll(async () => {
    database = await createTestDatabase('sqlite');
    registry = await startScriptedRegistry();
    const fetch = remoteRegistry(registry.url);
    close = async () => fetch.close();
    running = await startGateway({
      db: database.db,
      registryUrl: registry.url,
      registry: { name: 'Embedded registry', url: registry.url, embedded: true, fetch },
      desk: { name: 'Production', accent: 'red' },
    });
  });
  afterAll(async () => {
    await running.stop();
    await close();
    await registry.close();
    await database.drop();
  });

  const identityWhere = async (answer: (...args: Parameters<typeof registry.script>) => true) => {
    const visitor = running.visitor();
    registry.script = () => undefined;
    expect((await visitor.signIn({ apiKey: API_KEY })).status).toBe(200);
    registry.script = (request, ...rest) =>
      request.target === '/-/identity' ? answer(request, ...rest) : undefined;
    return visitor.call('/api/-/session');
  };

  it('is told as our own registry tells it, with what the operator calls this desk', async () => {
    const { json } = await identityWhere((_request, response) => sendJson(response, 200, alice));
    expect(json).toMatchObject({
      identity: alice,
      registry: { name: 'Embedded registry', desk: { name: 'Production', accent: 'red' } },
    });
    // To strangers as well, so that they see where they sign in.
    expect((await running.visitor().call('/api/-/registry')).json).toMatchObject({
      desk: { name: 'Production', accent: 'red' },
    });
  });

  it.each([
    ['an error', 500, { error: 'Broken' }],
    ['another shape', 200, { ...alice, organizations: 'acme-org' }],
    ['no such address', 404, { error: 'Not found' }],
  ])(
    'is not known where the registry answers with %s, and the session goes on',
    async (_words, status, body) => {
      const answer = await identityWhere((_request, response) => sendJson(response, status, body));
      expect([answer.status, answer.json?.['identity']]).toEqual([200, UNKNOWN_IDENTITY]);
    },
  );

  it('ends with the key', async () => {
    const answer = await identityWhere((_request, response) => sendJson(response, 401, { error: 'Revoked' }));
    expect([answer.status, answer.json]).toMatchObject([401, { code: 'signed-out' }]);
  });
});
