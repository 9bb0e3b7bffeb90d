import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import { addInvocations, type Invocation } from './invocation-store.ts';

const AT = Date.parse('2026-01-04T10:00:00.000Z');
const MESSAGES = ['Boiled', 'Cooled 50% down', 'Cooled 50x down', 'a_b', 'aXb', 'ÄRGER'];

describe.each(engines)('runtime logs on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await registry.put('acme/kettle', 'acme/other');
    const { rid } = await registry.db
      .selectFrom('servers')
      .select('rid')
      .where('qualified_name', '=', 'acme/kettle')
      .executeTakeFirstOrThrow();
    await addInvocations(
      registry.db,
      MESSAGES.map((message, minute) => makeCall(rid, minute, message)),
    );
  });
  afterAll(async () => registry.drop());

  const list = async (query: string) => {
    const { body } = await registry.call('GET', `/servers/acme%2Fkettle/logs?${query}`);
    const { invocations, total } = body as { invocations: { id: string }[]; total: number };
    return { ids: invocations.map(({ id }) => id), total, invocations };
  };

  it('are grouped by call, newest first, and counted', async () => {
    const { ids, total, invocations } = await list('limit=2');
    expect([ids, total]).toEqual([['call-5', 'call-4'], 6]);
    expect(invocations[1]).toEqual({
      id: 'call-4',
      timestamp: '2026-01-04 10:04:00',
      request: { method: 'POST', url: 'https://kettle.run.tools/mcp' },
      response: { status: 200, outcome: 'ok' },
      duration: { cpuMs: 5, wallMs: 743 },
      logs: [{ timestamp: '2026-01-04 10:04:00', level: 'info', message: 'aXb' }],
      exceptions: [],
    });
  });

  it('are taken from the given time on, up to but without the other', async () => {
    expect((await list('from=2026-01-04T10:01:00Z&to=2026-01-04T10:03:00Z')).ids).toEqual([
      'call-2',
      'call-1',
    ]);
    expect((await list('from=2026-01-04T12:01:00%2B02:00&to=2026-01-04T10:02:00.000Z')).ids).toEqual([
      'call-1',
    ]);
    expect((await list('from=2026-01-05')).total).toBe(0);
  });

  it.each([
    ['boil', ['call-0']],
    ['DOWN', ['call-2', 'call-1']],
    ['down 50', ['call-2', 'call-1']],
    ['50% down', ['call-1']],
    ['coo do', []],
    ['a_b', ['call-3']],
    ['ärger', ['call-5']],
    ['arger', ['call-5']],
    ['\\', []],
    ['message', []],
  ])('are searched for the words of "%s", the last of which may be a beginning', async (search, ids) => {
    const found = await list(`search=${encodeURIComponent(search)}`);
    expect([found.ids, found.total]).toEqual([ids, ids.length]);
  });

  it.each(['from=yesterday', 'to=2026-13-01T00:00:00Z', 'limit=0', 'limit=101', 'search=%00'])(
    'refuse %s and name the parameter',
    async (query) => {
      const { status, body } = await registry.call('GET', `/servers/acme%2Fkettle/logs?${query}`);
      const [name] = query.split('=');
      expect([status, body]).toEqual([400, { error: expect.stringMatching(new RegExp(`^${name}: `)) }]);
    },
  );

  it('are for the owner alone, and another is told so', async () => {
    const others = await registry.call('GET', '/servers/acme%2Fkettle/logs', { key: registry.rivalKey });
    expect([others.status, others.body]).toEqual([403, { error: 'Server belongs to another user' }]);
    const none = await registry.call('GET', '/servers/acme%2Fnone/logs');
    expect([none.status, none.body]).toEqual([404, { error: 'Server not found' }]);
    expect((await registry.call('GET', '/servers/acme%2Fother/logs')).body).toEqual({
      invocations: [],
      total: 0,
    });
  });
});

function makeCall(serverRid: number, minute: number, message: string): Invocation {
  const timestamp = new Date(AT + minute * 60_000).toISOString();
  return {
    id: `call-${minute}`,
    serverRid,
    timestamp,
    method: 'POST',
    url: 'https://kettle.run.tools/mcp',
    status: 200,
    outcome: 'ok',
    cpuMs: 5,
    wallMs: 743,
    logs: [{ timestamp, level: 'info', message }],
    exceptions: [],
  };
}
