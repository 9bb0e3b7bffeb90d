import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry, AuditList } from '#contract/activity.ts';
import { engines } from './support/databases.ts';
import type { Desk } from './support/desk.ts';
import { startDeskOn } from './support/desk-on-engine.ts';
import { startMcpServer } from './support/mcp-servers.ts';
import { release } from './support/publishing.ts';
import { runCommand, startCommand } from './support/run-command.ts';
import { eventually } from './support/test-desk.ts';
import { createVisitor } from './support/visitor.ts';

// Each command is a process, which takes its time on a busy machine.
const PATIENCE = { timeout: 240_000 };

describe.each(engines)('what is done to a desk on %s', PATIENCE, (engine) => {
  let desk: Desk;
  let place: string[];
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ desk, place, stop } = await startDeskOn(engine, ['--allow-private-upstreams']));
  });
  afterAll(async () => stop());

  const key = () => desk.ownerKey ?? '';
  const ask = async (method: string, path: string, headers: Record<string, string> = {}) =>
    fetch(`${desk.registryUrl}${path}`, {
      method,
      headers: { Authorization: `Bearer ${key()}`, ...headers },
    });
  const entries = async (query: string): Promise<AuditEntry[]> =>
    ((await (await ask('GET', `/-/audit?${query}`)).json()) as AuditList).entries;

  it('has its operation and its origin where the desk did it, which no header can pretend', async () => {
    expect((await ask('PUT', '/namespaces/forge')).status).toBe(201);
    const forged = {
      'Touchmark-Origin': 'desk',
      Origin: desk.url,
      'Touchmark-Client': 'web',
      'Idempotency-Key': randomUUID(),
      'Touchmark-Client-Address': '203.0.113.9',
      'User-Agent': 'Ae/JS 0.62.0',
    };
    for (const name of ['forge%2Fone', 'forge%2Ftwo']) {
      expect((await ask('PUT', `/servers/${name}`, forged)).status).toBe(201);
    }
    const [made] = await entries('action=server.create');
    expect(made).toMatchObject({
      origin: 'cli',
      operationId: null,
      address: '127.0.0.1',
      product: 'Smithery CLI',
    });
    const visitor = createVisitor(desk.url);
    expect((await visitor.signIn({ apiKey: key() })).status).toBe(200);
    const id = randomUUID();
    expect((await visitor.deleteServer('forge/one', { id })).status).toBe(200);
    await visitor.updateServer('forge/two', { description: 'New' });
    expect((await visitor.signIn({ apiKey: 'tm_wrong' })).status).toBe(401);
    expect((await visitor.signIn({ apiKey: 'tm_wrong' })).status).toBe(401);
    expect((await visitor.call('/api/-/session', { method: 'DELETE' })).status).toBe(204);
    const [deleted] = await entries('action=server.delete');
    expect(deleted).toMatchObject({
      target: 'forge/one',
      origin: 'desk',
      operationId: id,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      address: '127.0.0.1',
      actor: { kind: 'key', user: 'owner', keyLabel: 'First key' },
    });
    expect(await entries('action=server.update')).toMatchObject([{ origin: 'desk', target: 'forge/two' }]);
    expect(await entries('action=session.start,session.end,session.refused')).toMatchObject([
      { action: 'session.end', origin: 'desk', actor: { user: 'owner' } },
      { action: 'session.refused', outcome: 'refused', note: '2 attempts to sign in, within the hour.' },
      { action: 'session.start', target: 'owner', actor: { keyLabel: 'First key' } },
    ]);
  });

  it('is one row where the desk resumed a release, and what came of the release is another', async () => {
    const upstream = await startMcpServer({ authorization: 'Bearer nobody-knows' });
    expect((await ask('PUT', '/servers/forge%2Fclosed')).status).toBe(201);
    const send = async (request: Request) =>
      fetch(new Request(desk.registryUrl + new URL(request.url).pathname, request));
    const payload = { type: 'external', upstreamUrl: upstream.url };
    const releaseId = await release({ fetch: send, ownerKey: key() }, 'forge/closed', { payload });
    const ended = async (count: number) =>
      eventually(
        async () => entries('action=release.outcome&server=forge/closed'),
        (outcomes) => outcomes.length === count,
      );
    expect(await ended(1)).toMatchObject([{ outcome: 'waiting', operationId: null }]);
    upstream.authorization = null;
    const visitor = createVisitor(desk.url);
    await visitor.signIn({ apiKey: key() });
    const id = randomUUID();
    for (const answer of [
      await visitor.resumeRelease('forge/closed', releaseId, { id }),
      await visitor.resumeRelease('forge/closed', releaseId, { id }),
    ]) {
      expect(answer.json).toMatchObject({ operation: { id, state: 'applied', finding: 'confirmed' } });
    }
    expect(await ended(2)).toMatchObject([
      { outcome: 'succeeded', origin: 'registry' },
      { outcome: 'waiting' },
    ]);
    const refused = await visitor.resumeRelease('forge/closed', releaseId);
    expect(refused.json).toMatchObject({
      status: 400,
      error: 'Release does not wait for a sign-in: only one in AUTH_REQUIRED can be resumed',
    });
    expect(await entries('action=release.resume')).toMatchObject([
      {
        target: 'forge/closed',
        origin: 'desk',
        operationId: id,
        actor: { user: 'owner', keyLabel: 'First key' },
        changes: [{ field: 'release', after: releaseId }],
      },
    ]);
    const activity = await visitor.call('/api/-/activity?action=release.resume');
    expect(activity.json?.['entries']).toMatchObject([
      { outcome: 'refused', operation: { action: 'resume-release', status: 400 } },
      { outcome: 'applied', origin: 'desk', operation: { id } },
    ]);
    await upstream.close();
  });

  it('is exported while it runs, for programs and for people, with what commands did', async () => {
    const added = await runCommand(['user', 'add', 'alice', ...place]);
    expect([added.status, added.stderr]).toEqual([0, '']);
    const { status, stdout } = await runCommand(['audit', '--json', ...place]);
    expect(status).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditEntry);
    expect(lines.toReversed()).toEqual(await entries('limit=200'));
    expect(lines.at(-1)).toMatchObject({ action: 'user.create', target: 'alice', origin: 'command' });
    const text = await runCommand(['audit', '--from', '2000-01-01', '--to', '2100-01-01', ...place]);
    expect(text.stdout.split('\n')).toHaveLength(lines.length + 1);
    expect(text.stdout).toMatch(
      / owner \(First key\) {2}server\.delete {2}forge\/one {2}desk .*127\.0\.0\.1 {2}applied/,
    );
    expect((await runCommand(['audit', '--to', '2000-01-01', ...place])).stdout).toBe('');
    // Whoever reads it may have enough before its end.
    const { process: unread, outcome } = startCommand(['audit', '--json', ...place]);
    outcome.catch(() => {});
    unread.stdout?.destroy();
    let complaint = '';
    unread.stderr?.on('data', (data) => (complaint += String(data)));
    expect([await once(unread, 'exit'), complaint]).toEqual([[0, null], '']);
    const wrong = await runCommand(['audit', '--from', 'yesterday', ...place]);
    expect([wrong.status, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('--from must be a time such as'),
    ]);
  });
});
