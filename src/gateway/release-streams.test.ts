import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { API_KEY, sendJson } from '#e2e/support/scripted-registry.ts';
import { createTestClock, quickLimits } from '#e2e/support/running-gateway.ts';
import { eventually, startDirectDesk, type DirectDesk } from '#e2e/support/test-desk.ts';
import type { Visitor } from '#e2e/support/visitor.ts';

const PATH = '/api/servers/acme%2Fweather/releases/release-1/stream';

describe('following a release through the gateway', () => {
  let desk: DirectDesk;
  let owner: Visitor;
  /** The registry's ends of the streams, as they are opened. */
  let open: ServerResponse[];
  beforeEach(async () => {
    await begin();
  });
  afterEach(() => desk.stop());

  async function begin(extras: Parameters<typeof startDirectDesk>[0] = {}): Promise<void> {
    desk = await startDirectDesk(extras);
    owner = desk.owner;
    open = [];
    desk.registry.script = ({ target }, response) => {
      if (!target.endsWith('/stream')) return undefined;
      response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' }).flushHeaders();
      open.push(response);
      return true;
    };
  }

  /** Opens a stream as a page does; what came so far is in `text`. */
  async function follow(headers: Record<string, string> = {}) {
    const leaving = new AbortController();
    const response = await fetch(desk.running.url + PATH, {
      headers: {
        'Touchmark-Client': 'web',
        Cookie: [...owner.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...headers,
      },
      signal: leaving.signal,
    });
    const stream = { response, text: '', isEnded: false, leave: () => leaving.abort() };
    void (async () => {
      const decoder = new TextDecoder();
      try {
        for await (const piece of response.body ?? []) stream.text += decoder.decode(piece, { stream: true });
      } catch {
        // Left, or cut off: either way it is over.
      }
      stream.isEnded = true;
    })();
    return stream;
  }

  const until = (isSo: () => boolean) => eventually(async () => isSo(), Boolean);

  it('passes each event on before the next is there', async () => {
    const stream = await follow();
    expect(stream.response.status).toBe(200);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.response.headers.get('cache-control')).toContain('no-store');
    for (const event of [
      'id: 1\nevent: status\ndata: {"status":"QUEUED"}\n\n',
      'id: 2\nevent: status\ndata: {"status":"WORKING"}\n\n',
    ]) {
      open[0]?.write(event);
      expect(await until(() => stream.text.endsWith(event))).toBe(true);
    }
    open[0]?.end();
    expect(await until(() => stream.isEnded)).toBe(true);
  });

  it('passes on of each event what its shape lets through, and nothing else', async () => {
    const stream = await follow();
    const deep = '['.repeat(30_000) + ']'.repeat(30_000);
    for (const [event, data] of [
      ['constructor', '{}'],
      ['status', 'not json'],
      ['status', deep],
      ['log', '{"level":"info"}'],
      ['log', '{"level":7,"message":"Building","stage":"nowhere","timestamp":"2026-01-01 00:00:00","x":1}'],
      ['status', '{"status":null}'],
      ['complete', '{"status":"SUCCESS","mcpUrl":{}}'],
    ]) {
      open[0]?.write(`event: ${event}\ndata: ${data}\nretry: 1\n\n`);
    }
    open[0]?.end();
    expect(await until(() => stream.isEnded)).toBe(true);
    expect(stream.text.split('\n\n')).toEqual([
      'event: log\ndata: {"message":"Building","level":null,"stage":null,"timestamp":"2026-01-01T00:00:00.000Z","error":null}',
      'event: status\ndata: {"status":null}',
      'event: complete\ndata: {"status":"SUCCESS","mcpUrl":null}',
      '',
    ]);
  });

  it('ends at an event that has no end', async () => {
    const stream = await follow();
    open[0]?.write('event: status\ndata: {"status":"QUEUED"}\n\nevent: log\ndata: ');
    for (let piece = 0; piece < 40; piece += 1) open[0]?.write('x'.repeat(100_000));
    expect(await until(() => stream.isEnded)).toBe(true);
    expect(stream.text).toBe('event: status\ndata: {"status":"QUEUED"}\n\n');
    expect(await until(() => open[0]?.destroyed === true)).toBe(true);
  });

  it('asks for what comes after the last event that the page has, and for nothing else of the page’s', async () => {
    const stream = await follow({ 'Last-Event-ID': '41' });
    stream.leave();
    const asked = desk.registry.requests.find(({ target }) => target.endsWith('/stream'));
    expect(asked?.target).toBe('/servers/acme%2Fweather/releases/release-1/stream');
    expect(asked?.headers).toMatchObject({ 'last-event-id': '41', accept: 'text/event-stream' });
    expect(asked?.headers).not.toHaveProperty('cookie');
    expect((await follow({ 'Last-Event-ID': 'x'.repeat(129) })).response.status).toBe(400);
  });

  it('says by comments that it is there while nothing happens, whatever the registry does, and goes on', async () => {
    await desk.stop();
    await begin({ limits: { ...quickLimits, streamCommentMs: 20 } });
    const stream = await follow();
    expect(await until(() => stream.text.startsWith(':\n\n:\n\n:\n\n'))).toBe(true);
    const event = 'event: status\ndata: {"status":"QUEUED"}\n\n';
    open[0]?.write(event);
    expect(await until(() => stream.text.includes(event))).toBe(true);
    const told = stream.text.length;
    expect(await until(() => stream.text.length > told + 6)).toBe(true);
    expect(stream.text.replaceAll(':\n\n', '')).toBe(event);
    stream.leave();
    expect(await until(() => open[0]?.destroyed === true)).toBe(true);
  });

  it('ends at the registry when its reader leaves', async () => {
    const stream = await follow();
    stream.leave();
    expect(await until(() => open[0]?.destroyed === true)).toBe(true);
  });

  it('ends when its reader signs out, and when the gateway is about to close', async () => {
    const first = await follow();
    await owner.call('/api/-/session', { method: 'DELETE' });
    expect(await until(() => first.isEnded)).toBe(true);
    await owner.signIn({ apiKey: API_KEY });
    const second = await follow();
    desk.running.gateway.endStreams();
    expect(await until(() => second.isEnded)).toBe(true);
    expect(await until(() => open.every((response) => response.destroyed))).toBe(true);
  });

  it('ends within about a minute of the end of its reader’s key', async () => {
    await desk.stop();
    const clock = createTestClock();
    await begin({ now: clock.now, limits: { ...quickLimits, sessionCheckMs: 20 } });
    const stream = await follow();
    desk.registry.owners.clear();
    clock.advance(60_001);
    expect(await until(() => stream.isEnded)).toBe(true);
    expect((await owner.call('/api/-/session')).status).toBe(401);
  });

  it('that the registry refuses, or answers with something else, is a problem of its own', async () => {
    desk.registry.script = ({ target }, response) =>
      target.endsWith('/stream') ? sendJson(response, 404, { error: 'No such release' }) : undefined;
    const refused = await owner.call(PATH);
    expect(refused.json).toMatchObject({ status: 404, code: 'registry-refused', error: 'No such release' });
    desk.registry.script = ({ target }, response) =>
      target.endsWith('/stream') ? sendJson(response, 200, { error: 'No stream' }) : undefined;
    expect((await owner.call(PATH)).json).toMatchObject({ status: 502, code: 'registry-bad-answer' });
  });

  it('ends the session where the registry no longer takes the key', async () => {
    desk.registry.script = ({ target }, response) =>
      target.endsWith('/stream') ? sendJson(response, 401, { error: 'Key revoked' }) : undefined;
    expect((await owner.call(PATH)).status).toBe(401);
    expect((await owner.call('/api/-/session')).status).toBe(401);
  });
});
