import type { lookup } from 'node:dns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpServer, type SocketServer } from '#e2e/support/mcp-servers.ts';
import { createUpstreams, UpstreamRefused, type Upstreams } from './upstream-fetch.ts';

/** Answers every look-up with these addresses. */
function resolver(addresses: string[]): { lookup: typeof lookup; asked: string[] } {
  const asked: string[] = [];
  const answer = (hostname: string, _options: unknown, callback: (...args: unknown[]) => void): void => {
    asked.push(hostname);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { lookup: answer as unknown as typeof lookup, asked };
}

async function refusalOf(upstreams: Upstreams, url: string): Promise<UpstreamRefused | undefined> {
  try {
    await upstreams.fetch(url);
  } catch (error) {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof UpstreamRefused) return cause;
    }
  }
  return undefined;
}

describe('the way out to upstream servers', () => {
  let sentinel: SocketServer;
  let port: string;
  beforeAll(async () => {
    sentinel = await startHttpServer((request, response) => {
      const [, target] = /^\/to\/(.+)$/.exec(request.url ?? '') ?? [];
      if (target === undefined) response.end('here');
      else response.writeHead(307, { Location: decodeURIComponent(target) }).end();
    });
    ({ port } = new URL(sentinel.origin));
  });
  afterAll(async () => sentinel.close());

  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[fe80::1]',
    '[fd00::1]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    'localhost',
  ])('leads to no address such as %s', async (host) => {
    const upstreams = createUpstreams({ allowPrivate: false });
    expect(await refusalOf(upstreams, `https://${host}:${port}/`)).toBeInstanceOf(UpstreamRefused);
    expect(sentinel.requests).toEqual([]);
    await upstreams.close();
  });

  it.each([
    ['http://example.com/', 'must begin with https'],
    ['ftp://example.com/', 'must begin with https'],
    ['file:///etc/passwd', 'must begin with https'],
    ['https://me:secret@example.com/', 'must not hold a user name'],
  ])('takes no URL such as %s', async (url, reason) => {
    const upstreams = createUpstreams({ allowPrivate: false });
    expect((await refusalOf(upstreams, url))?.message).toContain(reason);
    await upstreams.close();
  });

  it.each([[['127.0.0.1']], [['93.184.216.34', '127.0.0.1']], [['::ffff:10.0.0.1']]])(
    'does not follow a name to %j, and looks it up only where it connects: a later look could tell otherwise',
    async (addresses) => {
      const { lookup, asked } = resolver(addresses);
      const upstreams = createUpstreams({ allowPrivate: false, lookup });
      const refusal = await refusalOf(upstreams, `https://rebinding.test:${port}/`);
      expect(refusal?.message).toContain('rebinding.test is not a public address');
      expect([asked, sentinel.requests]).toEqual([['rebinding.test'], []]);
      await upstreams.close();
    },
  );

  it('follows three redirects of a read, to where the first request could have gone, and no more', async () => {
    const upstreams = createUpstreams({ allowPrivate: true });
    const to = (target: string): string => `${sentinel.origin}/to/${encodeURIComponent(target)}`;
    const twice = to(to(`${sentinel.origin}/`));
    expect(await (await upstreams.fetch(to(twice))).text()).toBe('here');
    expect((await refusalOf(upstreams, to(to(twice))))?.message).toContain('redirects too often');
    expect((await refusalOf(upstreams, to('file:///etc/passwd')))?.message).toContain(
      'must begin with https',
    );
    expect((await upstreams.fetch(to('/'), { method: 'POST', body: '{}' })).status).toBe(307);
    await upstreams.close();
  });

  it('tells another origin nothing that may be a key', async () => {
    const upstreams = createUpstreams({ allowPrivate: true });
    const other = await startHttpServer((_, response) => void response.end('there'));
    const headers = { Authorization: 'a', Cookie: 'b', 'X-Token': 'c', Accept: 'text/event-stream' };
    await upstreams.fetch(`${sentinel.origin}/to/${encodeURIComponent(other.origin)}`, { headers });
    expect(sentinel.requests.at(-1)?.headers).toMatchObject({ authorization: 'a', 'x-token': 'c' });
    expect(other.requests[0]?.headers).toMatchObject({ accept: 'text/event-stream' });
    for (const name of ['authorization', 'cookie', 'x-token']) {
      expect(other.requests[0]?.headers).not.toHaveProperty(name);
    }
    await upstreams.close();
    await other.close();
  });
});
