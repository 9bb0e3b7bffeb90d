import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import Smithery from '@smithery/api';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMcpDesk, type McpDesk } from '#e2e/support/mcp-desk.ts';
import { rawRequest } from '#e2e/support/raw-request.ts';
import { sendJson } from '#e2e/support/scripted-registry.ts';
import { startDirectDesk, type DirectDesk } from '#e2e/support/test-desk.ts';

const LARGE = JSON.stringify({ words: 'touchmark '.repeat(500) });

describe('JSON', () => {
  let desk: DirectDesk;
  beforeAll(async () => {
    desk = await startDirectDesk({ registryApp: answerAt });
  });
  afterAll(async () => {
    await desk.stop();
  });

  const ask = async (path: string, accepted: string, method = 'GET') =>
    rawRequest(desk.running.port, [
      `${method} /registry${path} HTTP/1.1`,
      `Host: 127.0.0.1:${desk.running.port}`,
      `Accept-Encoding: ${accepted}`,
      'Connection: close',
    ]);

  it.each([
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip, deflate', 'gzip', gunzipSync],
    ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
    ['deflate', null, (body: Buffer) => body],
    ['', null, (body: Buffer) => body],
    ['br; q=0,gzip; q=0.000', null, (body: Buffer) => body],
  ])('comes packed as the caller can take it (%s)', async (accepted, encoding, unpack) => {
    const answer = await ask('/large', accepted);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-encoding'] ?? null).toBe(encoding);
    expect(answer.headers['vary']).toBe('Origin, Accept-Encoding');
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['content-length']).toBe(String(answer.bytes.length));
    expect(unpack(answer.bytes).toString()).toBe(LARGE);
    expect(answer.bytes.length < LARGE.length / 2).toBe(encoding !== null);
  });

  it('has another tag packed than plain, by which it is known again', async () => {
    expect((await ask('/tagged', 'br')).headers['etag']).toBe('W/"tag"');
    expect((await ask('/tagged', '')).headers['etag']).toBe('"tag"');
  });

  it('asked for by its head says nothing that the body would not keep', async () => {
    const { headers, bytes } = await ask('/sized', 'gzip', 'HEAD');
    expect(bytes.length).toBe(0);
    expect([headers['vary'], headers['content-length']]).toEqual(['Accept-Encoding', undefined]);
    const plain = await ask('/sized', '', 'HEAD');
    expect(plain.headers['content-length']).toBe(String(LARGE.length));
  });

  it.each([
    ['what is small', '/small', 'GET'],
    ['what comes bit by bit', '/events', 'GET'],
    ['a download', '/bundle', 'GET'],
    ['what is packed already', '/packed', 'GET'],
    ['what says so', '/as-it-is', 'GET'],
    ['what gives out a cookie', '/cookie', 'GET'],
    ['a refusal', '/refused', 'GET'],
    ['a part', '/part', 'GET'],
    ['the answer to a change, which may tell a key', '/large', 'POST'],
  ])('leaves %s alone', async (_what, path, method) => {
    const [packed, plain] = [await ask(path, 'gzip, br', method), await ask(path, 'identity', method)];
    expect(packed.headers['content-encoding']).toBe(path === '/packed' ? 'gzip' : undefined);
    expect(packed.bytes).toEqual(plain.bytes);
    expect(packed.status).toBe(plain.status);
  });

  it('of a registry elsewhere is packed too, and its frame stays', async () => {
    desk.registry.script = (_request, response) =>
      sendJson(response, 200, {
        namespaces: Array.from({ length: 100 }, (_, index) => ({ name: `namespace-${index}` })),
      });
    const answer = await desk.owner.call('/api/namespaces', { headers: { 'Accept-Encoding': 'gzip' } });
    desk.registry.script = () => undefined;
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-encoding': 'gzip',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      vary: 'Accept-Encoding',
    });
  });

  it('of a session that begins is not', async () => {
    desk.registry.owners.set(
      'smry_of_many',
      Array.from({ length: 100 }, (_, index) => `namespace-${index}`),
    );
    const answer = await desk.running.visitor().call('/api/-/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Accept-Encoding': 'gzip, br' },
      body: JSON.stringify({ apiKey: 'smry_of_many' }),
    });
    expect(answer.json?.['namespaces']).toHaveLength(100);
    expect(answer.headers['content-encoding']).toBeUndefined();
  });
});

describe('the embedded registry, compressed', () => {
  let desk: McpDesk;
  beforeAll(async () => {
    desk = await startMcpDesk();
    await desk.registry.put(...Array.from({ length: 40 }, (_, index) => `acme/server-${index}`));
  });
  afterAll(async () => {
    await desk.stop();
  });

  it('reads the same to the official client, to undici and to who takes nothing packed', async () => {
    const baseURL = `${desk.running.url}/registry`;
    const encodings: (string | null)[] = [];
    const client = new Smithery({
      apiKey: desk.registry.ownerKey,
      baseURL,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        encodings.push(response.headers.get('Content-Encoding'));
        return response;
      },
    });
    const page = await client.servers.list({ namespace: 'acme', pageSize: 100 });
    const headers = { Authorization: `Bearer ${desk.registry.ownerKey}` };
    const plain = await request(`${baseURL}/servers?namespace=acme&pageSize=100`, { headers });
    expect(plain.headers['content-encoding']).toBeUndefined();
    const { servers } = (await plain.body.json()) as { servers: unknown[] };
    expect(servers).toHaveLength(40);
    expect(page.servers).toEqual(servers);
    // Node asks for Brotli over https only.
    expect(encodings).toEqual(['gzip']);
  });
});

async function answerAt({ url }: Request): Promise<Response> {
  const json = { 'Content-Type': 'application/json' };
  const answers: Record<string, () => Response> = {
    '/large': () => new Response(LARGE, { headers: { ...json, Vary: 'Origin' } }),
    '/sized': () => new Response(LARGE, { headers: { ...json, 'Content-Length': String(LARGE.length) } }),
    '/tagged': () => new Response(LARGE, { headers: { ...json, ETag: '"tag"' } }),
    '/small': () => new Response('{"words":"touchmark"}', { headers: json }),
    '/events': () => new Response(`data: ${LARGE}\n\n`, { headers: { 'Content-Type': 'text/event-stream' } }),
    '/bundle': () => new Response(LARGE, { headers: { 'Content-Type': 'application/zip' } }),
    '/packed': () => new Response(LARGE, { headers: { ...json, 'Content-Encoding': 'gzip' } }),
    '/as-it-is': () =>
      new Response(LARGE, { headers: { ...json, 'Cache-Control': 'no-store, no-transform' } }),
    '/cookie': () => new Response(LARGE, { headers: { ...json, 'Set-Cookie': 'a=b' } }),
    '/refused': () => new Response(LARGE, { status: 403, headers: json }),
    '/part': () =>
      new Response(LARGE, { status: 206, headers: { ...json, 'Content-Range': 'bytes 0-9/99' } }),
  };
  return answers[new URL(url).pathname]?.() ?? new Response(null, { status: 404 });
}
