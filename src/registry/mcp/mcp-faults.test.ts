import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startMcpDesk, PING, type McpDesk } from '#e2e/support/mcp-desk.ts';
import { startHttpServer, type SocketServer } from '#e2e/support/mcp-servers.ts';
import { rawRequest } from '#e2e/support/raw-request.ts';
import { eventually } from '#e2e/support/test-desk.ts';

const CANARY = 'canary-of-the-upstream';
const ANSWER = JSON.stringify({ jsonrpc: '2.0', id: 1, result: {} });

describe('a server behind the registry', () => {
  let desk: McpDesk;
  const upstreams: SocketServer[] = [];
  let servers = 0;
  beforeAll(async () => {
    desk = await startMcpDesk('sqlite', { limits: { upstreamAnswerMs: 2000 } });
  });
  afterEach(async () => {
    await Promise.all(upstreams.splice(0).map((upstream) => upstream.close()));
  });
  afterAll(async () => desk.stop());

  /** Releases a server that answers like this, and gives its name. */
  const behind = async (listener: RequestListener): Promise<{ name: string; upstream: SocketServer }> => {
    const upstream = await startHttpServer(listener);
    upstreams.push(upstream);
    const name = `acme/s${(servers += 1)}`;
    await desk.release(name, `${upstream.origin}/mcp`);
    return { name, upstream };
  };
  const lastLog = async (name: string, count = 1) => {
    const [invocation] = await desk.logs(name, count);
    return invocation;
  };

  it.each<[string, RequestListener, number, string]>([
    ['that hangs', () => {}, 504, 'UpstreamTimeout'],
    ['that resets the connection', ({ socket }) => void socket.resetAndDestroy(), 502, 'UpstreamUnreachable'],
    [
      'that answers with a page',
      (_, response) => void response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<h1>${CANARY}`),
      502,
      'UpstreamBadAnswer',
    ],
    [
      'that fails with a page',
      (_, response) => void response.writeHead(500, { 'Content-Type': 'text/html' }).end(`<h1>${CANARY}`),
      502,
      'UpstreamError',
    ],
    [
      'that refuses in words of its own',
      (_, response) =>
        void response.writeHead(403, { 'Content-Type': 'application/json' }).end(`{"no":"${CANARY}"}`),
      403,
      'UpstreamError',
    ],
    [
      'that wants credentials',
      (_, response) => void response.writeHead(401, { 'WWW-Authenticate': `Bearer realm="${CANARY}"` }).end(),
      502,
      'UpstreamError',
    ],
    [
      'that never stops failing',
      (_, response) => {
        response.writeHead(500, { 'Content-Type': 'application/json' });
        const more = (): void => {
          while (response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      },
      502,
      'UpstreamError',
    ],
  ])('%s is answered for in our own words', async (_, listener, status, exception) => {
    const { name } = await behind(listener);
    const response = await desk.send(name);
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32_000, message: expect.stringMatching(/^The server .+\.$/) },
    });
    expect(text + JSON.stringify([...response.headers])).not.toContain(CANARY);
    expect(text).not.toContain('127.0.0.1');
    expect(await lastLog(name)).toMatchObject({
      response: { status, outcome: 'exception' },
      exceptions: [{ name: exception }],
    });
  });

  it('that is not there is answered for with 502', async () => {
    const { name, upstream } = await behind(() => {});
    await upstream.close();
    expect((await desk.send(name)).status).toBe(502);
    expect(await lastLog(name)).toMatchObject({ exceptions: [{ name: 'UpstreamUnreachable' }] });
  });

  it('may refuse in the words of MCP, with its own status', async () => {
    const error = { jsonrpc: '2.0', error: { code: -32_001, message: 'Session not found' }, id: null };
    const { name } = await behind(
      (_, response) =>
        void response.writeHead(404, { 'Content-Type': 'application/json' }).end(JSON.stringify(error)),
    );
    const response = await desk.send(name);
    expect([response.status, await response.json()]).toEqual([404, error]);
    expect(await lastLog(name)).toMatchObject({ response: { status: 404, outcome: 'exception' } });
  });

  it('cannot lead a call to another origin, posted or not', async () => {
    const elsewhere = await startHttpServer(
      (_, response) =>
        void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end('data: 1\n\n'),
    );
    upstreams.push(elsewhere);
    const { name } = await behind(
      (_, response) => void response.writeHead(307, { Location: `${elsewhere.origin}/there` }).end(),
    );
    const headers = { 'X-Secret-Of-Mine': CANARY, 'Mcp-Session-Id': CANARY };
    for (const method of ['POST', 'GET', 'DELETE']) {
      const response = await desk.send(name, { method, headers });
      expect([response.status, await response.json()]).toEqual([
        502,
        expect.objectContaining({
          error: {
            code: -32_000,
            message: expect.stringContaining('The server redirects to another origin (307)'),
          },
        }),
      ]);
    }
    expect(elsewhere.connections()).toBe(0);
    expect(JSON.stringify(await desk.logs(name, 3))).not.toContain(elsewhere.origin);
  });

  it('is not called at an address of this network unless that is allowed', async () => {
    const strict = await startMcpDesk('sqlite', { allowPrivateUpstreams: false });
    const sentinel = await startHttpServer((_, response) => void response.end());
    for (const [i, host] of [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '[::ffff:127.0.0.1]',
      'localhost',
    ].entries()) {
      const url = new URL(sentinel.origin);
      await strict.release(`acme/s${i}`, `https://${host}:${url.port}/mcp`);
      expect((await strict.send(`acme/s${i}`)).status).toBe(502);
      expect((await strict.logs(`acme/s${i}`, 1))[0]).toMatchObject({
        exceptions: [{ name: 'UpstreamRefused' }],
      });
    }
    expect(sentinel.requests).toEqual([]);
    await strict.stop();
    await sentinel.close();
  });

  it('sends events one by one, each passed on before the next is there', async () => {
    let more = (_text: string): void => {};
    const { name } = await behind((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Mcp-Session-Id': 's1' });
      response.flushHeaders();
      more = (text) => void response.write(text);
    });
    const response = await desk.send(name, { method: 'GET', headers: { 'Last-Event-ID': 'event-7' } });
    expect(response.headers.get('Mcp-Session-Id')).toBe('s1');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (const text of ['id: 8\ndata: {}\n\n', 'id: 9\ndata: {}\n\n']) {
      // Longer than an answer may be silent: events may.
      await sleep(2200);
      more(text);
      expect(await reader?.read()).toEqual({ done: false, value: text });
    }
    expect(upstreams[0]?.requests[0]?.headers['last-event-id']).toBe('event-7');
    await reader?.cancel();
    expect(await lastLog(name)).toMatchObject({ request: { method: 'GET' }, response: { outcome: 'ok' } });
  });

  it('that falls silent in the middle of a document is given up, and the caller sees that it is not whole', async () => {
    const { name } = await behind((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).write(ANSWER.slice(0, 10));
    });
    const response = await desk.send(name);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(desk.running.log.at(-1)).toContain('"msg":"answer broke off"');
    expect(await lastLog(name)).toMatchObject({
      response: { outcome: 'exception' },
      exceptions: [{ name: 'UpstreamTimeout' }],
    });
  });

  it('that drips its answer is waited for', async () => {
    const { name } = await behind((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      let sent = 0;
      const timer = setInterval(() => {
        response.write(ANSWER.slice(sent, (sent += 3)));
        if (sent < ANSWER.length) return;
        clearInterval(timer);
        response.end();
      }, 60);
    });
    expect(await (await desk.send(name)).text()).toBe(ANSWER);
  });

  it('that answers at great length is asked for more only as its caller takes it', async () => {
    const piece = Buffer.alloc(1024 * 1024, 32);
    let sent = 0;
    const { name } = await behind((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const more = (): void => {
        while (sent < 200) {
          sent += 1;
          if (!response.write(piece)) return;
        }
        response.end();
      };
      response.on('drain', more);
      more();
    });
    const reader = (await desk.send(name)).body?.getReader();
    let size = (await reader?.read())?.value?.length ?? 0;
    // Nobody reads now: what is on its way fills what holds it, and then it stands.
    await sleep(500);
    expect(sent).toBeLessThan(50);
    for (;;) {
      const { value } = (await reader?.read()) ?? {};
      if (value === undefined) break;
      size += value.length;
    }
    expect(size).toBe(200 * piece.length);
  });

  it.each([
    ['before it answered', false, 499],
    ['in the middle of its answer', true, 200],
  ])('learns that its caller left %s', async (_, answers, status) => {
    let left = false;
    const { name, upstream } = await behind((_request, response) => {
      response.on('close', () => {
        left = true;
      });
      if (answers) response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(': hello\n\n');
    });
    const leaving = new AbortController();
    const sent = desk.send(name, { signal: leaving.signal }).then(async (response) => response.text());
    await eventually(
      async () => upstream.requests.length,
      (count) => count === 1,
    );
    await sleep(100);
    leaving.abort();
    await expect(sent).rejects.toThrow();
    expect(await eventually(async () => left, Boolean)).toBe(true);
    expect(await lastLog(name)).toMatchObject({ response: { status, outcome: 'canceled' } });
  });

  it('gets neither the key nor cookies nor the way a request took; the rest, and its own, it does', async () => {
    const { name, upstream } = await behind(
      (_, response) =>
        void response
          .writeHead(200, {
            'Content-Type': 'application/json',
            'Mcp-Session-Id': 'session-1',
            'Set-Cookie': `a=${CANARY}`,
            'Access-Control-Allow-Origin': 'https://elsewhere.example',
            'Clear-Site-Data': '"*"',
          })
          .end(ANSWER),
    );
    const key = desk.registry.ownerKey;
    const response = await desk.send(name, {
      query: `?region=eu&api_key=${key}`,
      headers: {
        Cookie: 'desk=1',
        'X-Forwarded-For': '10.1.1.1',
        Forwarded: 'for=10.1.1.1',
        'X-API-Key': 'of the upstream',
        'X-Copy': `Bearer ${key}`,
        'Mcp-Session-Id': 'session-1',
        'MCP-Protocol-Version': '2025-06-18',
      },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('Mcp-Session-Id')).toBe('session-1');
    // Of the registry's own.
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*');
    for (const absent of ['Set-Cookie', 'Clear-Site-Data']) {
      expect(response.headers.has(absent)).toBe(false);
    }
    expect(upstream.requests[0]?.path).toBe('/mcp?region=eu');
    const headers = upstream.requests[0]?.headers;
    expect(headers).toMatchObject({
      'x-api-key': 'of the upstream',
      'mcp-session-id': 'session-1',
      'mcp-protocol-version': '2025-06-18',
      'content-type': 'application/json',
      host: new URL(upstream.origin).host,
    });
    for (const absent of ['authorization', 'cookie', 'x-forwarded-for', 'forwarded', 'x-copy']) {
      expect(headers).not.toHaveProperty(absent);
    }
    expect(JSON.stringify(upstream.requests)).not.toContain(key);
    await rawRequest(desk.running.port, [
      `DELETE /registry/mcp/${encodeURIComponent(name)} HTTP/1.1`,
      `Host: 127.0.0.1:${desk.running.port}`,
      `Authorization: Bearer ${key}`,
      'Connection: close, X-Hop',
      'X-Hop: 1',
      'X-Kept: 2',
    ]);
    expect(upstream.requests[1]?.headers).toMatchObject({ 'x-kept': '2' });
    expect(upstream.requests[1]?.headers).not.toHaveProperty('x-hop');
  });

  it('is told notifications, which leave no call in the logs', async () => {
    const { name, upstream } = await behind((_, response) => void response.writeHead(202).end('Accepted'));
    const body = { jsonrpc: '2.0', method: 'notifications/initialized' };
    expect((await desk.send(name, { body })).status).toBe(202);
    expect(upstream.requests).toHaveLength(1);
    await desk.send(name);
    expect(await desk.logs(name, 1)).toHaveLength(1);
  });

  it.each([
    ['not JSON', '{"jsonrpc"', 400],
    ['no message', '[1]', 400],
    ['nothing', '[]', 400],
    ['nested without a floor', `{"jsonrpc":"2.0","params":${'['.repeat(5000)}${']'.repeat(5000)}}`, 400],
    ['too much', JSON.stringify({ ...PING, params: 'x'.repeat(4 * 1024 * 1024) }), 413],
  ])('gets no body that is %s', async (_, body, status) => {
    const { name, upstream } = await behind(() => {});
    const response = await desk.send(name, { body });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.stringMatching(/^Body: /) });
    expect(upstream.requests).toEqual([]);
  });

  it('has its streams of events ended when the registry is about to close', async () => {
    const closing = await startMcpDesk('sqlite');
    const upstream = await startHttpServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(': hello\n\n');
    });
    upstreams.push(upstream);
    await closing.release('acme/kettle', upstream.origin);
    const events = await closing.send('acme/kettle', { method: 'GET' });
    const all = events.text();
    closing.registry.endStreams();
    expect(await all).toBe(': hello\n\n');
    await closing.stop();
  });
});
