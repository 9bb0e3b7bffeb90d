import Smithery from '@smithery/api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { readEvents, type SentEvent } from '#e2e/support/event-stream.ts';
import { startMcpServer, type RunningMcpServer } from '#e2e/support/mcp-servers.ts';
import { release, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import { createRegistry } from '#registry/create-registry.ts';

const NAME = 'acme/weather';

describe.each(engines)('the stream of a release on %s', (engine) => {
  let registry: TestRegistry;
  let upstream: RunningMcpServer;
  beforeAll(async () => {
    registry = await createTestRegistry(engine, { allowPrivateUpstreams: true });
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put(NAME);
    upstream = await startMcpServer({ authorization: 'Bearer nobody-knows' });
  });
  afterEach(async () => upstream.close());
  afterAll(async () => registry.drop());

  async function open(id: string, lastEventId?: string, fetch = registry.fetch): Promise<Response> {
    return fetch(
      new Request(`http://desk.test/servers/acme%2Fweather/releases/${id}/stream`, {
        headers: {
          Authorization: `Bearer ${registry.ownerKey}`,
          ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
        },
      }),
    );
  }

  async function collect(response: Response): Promise<SentEvent[]> {
    const events: SentEvent[] = [];
    for await (const event of readEvents(response)) events.push(event);
    return events;
  }

  async function releaseThatWaits(): Promise<string> {
    const id = await release(registry, NAME, { payload: { type: 'external', upstreamUrl: upstream.url } });
    await settled(registry, NAME, id);
    return id;
  }

  async function letIn(): Promise<void> {
    upstream.authorization = null;
    await registry.call('POST', '/servers/acme%2Fweather/releases/latest/resume');
  }

  it('tells what was, what comes and how it ends, to every watcher alike', async () => {
    const id = await releaseThatWaits();
    const responses = await Promise.all([1, 2, 3].map(() => open(id)));
    expect(responses[0]?.headers.get('Content-Type')).toBe('text/event-stream');
    const watched = responses.map(collect);
    await letIn();
    const [first = [], ...others] = await Promise.all(watched);
    const done = await settled(registry, NAME, id);

    expect(first[0]).toMatchObject({ event: 'init', data: { id, status: 'AUTH_REQUIRED' } });
    expect(lines(first)).toEqual(done.logs);
    expect(first.findLast(({ event }) => event === 'status')?.data).toEqual({ status: 'SUCCESS' });
    expect(first.at(-1)).toMatchObject({
      event: 'complete',
      data: { status: 'SUCCESS', mcpUrl: done.mcpUrl },
    });
    for (const other of others) {
      expect(other.at(-1)).toEqual(first.at(-1));
      expect(lines(other)).toEqual(lines(first));
    }
  });

  it('goes on after any event exactly where the watcher left', async () => {
    const id = await releaseThatWaits();
    const watched = collect(await open(id));
    await letIn();
    const events = await watched;
    expect(events.length).toBeGreaterThan(6);
    for (const [i, { id: lastEventId }] of events.slice(0, -1).entries()) {
      const rest = await collect(await open(id, lastEventId));
      expect(rest.map(({ event, data }) => [event, data]).filter(isNoStatus)).toEqual(
        events
          .slice(i + 1)
          .map(({ event, data }) => [event, data])
          .filter(isNoStatus),
      );
      const tellsItsEnd = rest.some(({ event }) => event === 'status');
      expect(tellsItsEnd).toBe(!lastEventId.endsWith('.SUCCESS'));
    }
    expect((await open(id, events.at(-1)?.id)).status).toBe(204);
    expect((await collect(await open(id, 'nonsense')))[0]?.event).toBe('init');
  });

  it('shows what another process does', async () => {
    const id = await releaseThatWaits();
    const other = createRegistry(registry.registryOptions);
    const watched = collect(await open(id, undefined, other.fetch));
    await letIn();
    expect((await watched).at(-1)?.event).toBe('complete');
    await other.close();
  });

  it('says by comments that it is there while nothing happens', async () => {
    const id = await releaseThatWaits();
    const talkative = createRegistry({ ...registry.registryOptions, limits: { streamCommentMs: 20 } });
    const response = await open(id, undefined, talkative.fetch);
    let text = '';
    const decoder = new TextDecoder();
    for await (const piece of response.body ?? []) {
      text += decoder.decode(piece, { stream: true });
      if (text.endsWith(':\n\n:\n\n')) break;
    }
    expect(text).toMatch(/^event: init\n/);
    await talkative.close();
  });

  it('ends when the watcher leaves, when the server is deleted and when the registry closes', async () => {
    const id = await releaseThatWaits();
    for await (const { event } of readEvents(await open(id))) {
      expect(event).toBe('init');
      break;
    }
    const other = createRegistry(registry.registryOptions);
    const closed = collect(await open(id, undefined, other.fetch));
    await other.close();
    expect((await closed).map(({ event }) => event)).toEqual(expect.not.arrayContaining(['complete']));
    const deleted = collect(await open(id));
    await registry.call('DELETE', '/servers/acme%2Fweather');
    expect((await deleted).map(({ event }) => event)).toEqual(['init']);
  });

  it('is read by the official client', async () => {
    const id = await releaseThatWaits();
    const client = new Smithery({
      apiKey: registry.ownerKey,
      baseURL: 'http://desk.test',
      fetch: (input, init) => registry.fetch(new Request(input, init)),
    });
    await letIn();
    await settled(registry, NAME, id, (status) => status === 'SUCCESS');
    const events: unknown[] = [];
    for await (const event of await client.servers.releases.stream(id, { qualifiedName: NAME }))
      events.push(event);
    expect(events).toEqual([
      expect.objectContaining({ id, status: 'SUCCESS' }),
      expect.objectContaining({ status: 'SUCCESS' }),
    ]);
  });

  it('is shown to the owner alone', async () => {
    const id = await releaseThatWaits();
    const path = `/servers/acme%2Fweather/releases/${id}/stream`;
    const rival = await registry.call('GET', path, { key: registry.rivalKey });
    expect([rival.status, rival.body]).toEqual([404, { error: 'Server not found' }]);
    const none = await registry.call('GET', '/servers/acme%2Fweather/releases/none/stream');
    expect([none.status, none.body]).toEqual([404, { error: 'Release not found' }]);
  });
});

function lines(events: readonly SentEvent[]): unknown[] {
  const [init] = events;
  const { logs = [] } = (init?.data ?? {}) as { logs?: unknown[] };
  return [...logs, ...events.filter(({ event }) => event === 'log').map(({ data }) => data)];
}

// A status that was left at once, as WORKING may be, is not told to whoever comes later.
function isNoStatus([event]: unknown[]): boolean {
  return event !== 'status';
}
