import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { startMcpServer } from '#e2e/support/mcp-servers.ts';
import { release, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

const NAME = 'acme/weather';
const PATH = '/servers/acme%2Fweather/download';
const FIRST = makeBundle({ files: { 'first.txt': Buffer.from('first') } });
const SECOND = makeBundle({ files: { 'second.txt': Buffer.from('second') } });

describe.each(engines)('downloading a bundle on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine, { allowPrivateUpstreams: true });
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put(NAME);
  });
  afterAll(async () => registry.drop());

  async function publish(bundle: Uint8Array): Promise<string> {
    const id = await release(registry, NAME, { payload: { type: 'stdio', runtime: 'node' }, bundle });
    return (await settled(registry, NAME, id)).status;
  }

  async function download(
    headers: Record<string, string> = {},
    method = 'GET',
  ): Promise<[Response, Uint8Array]> {
    const response = await registry.fetch(
      new Request(`http://desk.test${PATH}`, {
        method,
        headers: { Authorization: `Bearer ${registry.rivalKey}`, ...headers },
      }),
    );
    return [response, new Uint8Array(await response.arrayBuffer())];
  }

  async function blobCount(): Promise<number> {
    return (await registry.stored.stored()).length;
  }

  it('gives the newest one, byte for byte, to whoever has a key', async () => {
    expect((await registry.call('GET', PATH)).body).toEqual({
      error: 'Bundle not found: no release of this server has one',
    });
    await publish(FIRST);
    await publish(SECOND);
    const [response, bytes] = await download();
    expect([
      response.status,
      response.headers.get('Content-Type'),
      response.headers.get('Content-Length'),
    ]).toEqual([200, 'application/zip', String(SECOND.length)]);
    expect(Buffer.compare(bytes, SECOND)).toBe(0);
    expect((await registry.call('GET', PATH, { key: null })).status).toBe(401);

    const [head, nothing] = await download({}, 'HEAD');
    expect([head.status, head.headers.get('Content-Length'), nothing.length]).toEqual([
      200,
      String(SECOND.length),
      0,
    ]);
  });

  it.each<[string, number, number, number]>([
    ['bytes=0-0', 206, 0, 1],
    ['bytes=10-19', 206, 10, 20],
    ['bytes=10-', 206, 10, SECOND.length],
    ['bytes=-7', 206, SECOND.length - 7, SECOND.length],
    ['bytes=-999999', 206, 0, SECOND.length],
    ['bytes=5-999999', 206, 5, SECOND.length],
    ['bytes=9-2', 200, 0, SECOND.length],
    ['bytes=0-1,4-5', 200, 0, SECOND.length],
    ['lines=1-2', 200, 0, SECOND.length],
  ])('answers %s with %i', async (range, status, start, end) => {
    await publish(SECOND);
    const [response, bytes] = await download({ Range: range });
    expect(response.status).toBe(status);
    expect(Buffer.compare(bytes, SECOND.subarray(start, end))).toBe(0);
    expect(response.headers.get('Content-Range')).toBe(
      status === 206 ? `bytes ${start}-${end - 1}/${SECOND.length}` : null,
    );
  });

  it.each([`bytes=${SECOND.length}-`, 'bytes=-0', 'bytes=999999-9999999'])(
    'cannot answer %s',
    async (range) => {
      await publish(SECOND);
      const [response] = await download({ Range: range });
      expect([response.status, response.headers.get('Content-Range')]).toEqual([
        416,
        `bytes */${SECOND.length}`,
      ]);
    },
  );

  it('says by its tag whether a copy, or a part of one, is still good', async () => {
    await publish(FIRST);
    const [first] = await download();
    const tag = first.headers.get('ETag') ?? '';
    expect((await download({ 'If-None-Match': tag }))[0].status).toBe(304);
    expect((await download({ Range: 'bytes=0-3', 'If-Range': tag }))[0].status).toBe(206);
    await publish(SECOND);
    expect((await download({ 'If-None-Match': tag }))[0].status).toBe(200);
    const [changed, bytes] = await download({ Range: 'bytes=0-3', 'If-Range': tag });
    expect([changed.status, bytes.length]).toEqual([200, SECOND.length]);
  });

  it('still gives it after an external release, and what is unused goes', async () => {
    const upstream = await startMcpServer();
    const later = () => {
      registry.clock.now = new Date(registry.clock.now.getTime() + 3_600_000);
    };
    await publish(FIRST);
    expect(await publish(new Uint8Array(50))).toBe('FAILURE_SCAN');
    await publish(SECOND);
    later();
    const id = await release(registry, NAME, { payload: { type: 'external', upstreamUrl: upstream.url } });
    expect((await settled(registry, NAME, id)).status).toBe('SUCCESS');
    await upstream.close();
    // Both successful ones are kept; the one that failed is not.
    await eventually(async () => (await blobCount()) === 2);
    expect(Buffer.compare((await download())[1], SECOND)).toBe(0);

    await registry.call('DELETE', '/servers/acme%2Fweather');
    await eventually(async () => (await blobCount()) === 0);
    expect((await download())[0].status).toBe(404);
  });

  it('keeps what two servers share until neither needs it', async () => {
    await registry.put('acme/copy');
    await publish(FIRST);
    const payload = { type: 'stdio', runtime: 'node' };
    const copy = await release(registry, 'acme/copy', { payload, bundle: FIRST });
    await settled(registry, 'acme/copy', copy);
    expect(await blobCount()).toBe(1);
    registry.clock.now = new Date(registry.clock.now.getTime() + 3_600_000);
    await registry.call('DELETE', '/servers/acme%2Fcopy');
    await publish(FIRST);
    expect(Buffer.compare((await download())[1], FIRST)).toBe(0);
  });
});

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempts = 0; !(await isSo()); attempts += 1) {
    if (attempts > 500) throw new Error('It never came to that');
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
