import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpServer, type HttpServer } from './http-server.ts';

const malformed = (): Response => new Response('malformed', { status: 400 });
const busy = (): Response => new Response('busy', { status: 503, headers: { 'Retry-After': '1' } });
const isUrgent = (path: string): boolean => path === '/urgent';

describe('an HTTP server', () => {
  let server: HttpServer;
  let port: number;
  beforeEach(async () => {
    server = createHttpServer();
    port = await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterEach(async () => server.drop());

  it('says that it is starting until it is given what to serve', async () => {
    const early = await fetch(`http://127.0.0.1:${port}/`);
    expect([early.status, early.headers.get('Retry-After'), await early.text()]).toEqual([
      503,
      '1',
      'Starting\n',
    ]);
    server.serve({ fetch: ({ url }) => new Response(new URL(url).pathname), malformed, busy, isUrgent });
    expect(await (await fetch(`http://127.0.0.1:${port}/now`)).text()).toBe('/now');
  });

  it('gives the given answer to what no request can be made of', async () => {
    server.serve({ fetch: () => new Response('never'), malformed, busy, isUrgent });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 [\s\S]*malformed/);
  });

  it('answers what is under way before it has closed, and takes no more', async () => {
    let release = (): void => {};
    let arrive = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const asked = new Promise<void>((resolve) => (arrive = resolve));
    server.serve({
      fetch: async () => {
        arrive();
        await released;
        return new Response('late');
      },
      malformed,
      busy,
      isUrgent,
    });
    const answer = fetch(`http://127.0.0.1:${port}/`);
    await asked;
    const closed = server.close();
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    release();
    expect(await (await answer).text()).toBe('late');
    await closed;
  });

  it('says in one line that its port is taken', async () => {
    const refusal = await createHttpServer()
      .listen({ port, host: '127.0.0.1' })
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      name: 'ListenError',
      message: `Port ${port} on 127.0.0.1 is taken. Stop what uses it, or pass another --port.`,
    });
  });
});
