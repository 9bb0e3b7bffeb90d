import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildTestSite,
  SITE_INDEX,
  SITE_SCRIPT,
  SITE_SERVER_PAGE,
  type BuiltSite,
} from '#e2e/support/built-site.ts';
import type { DeskLook } from '#contract/desk-look.ts';
import { rawRequest } from '#e2e/support/raw-request.ts';
import { startTestDesk, type TestDesk } from '#e2e/support/test-desk.ts';

describe('the site', () => {
  let site: BuiltSite;
  let desk: TestDesk;
  beforeAll(async () => {
    site = buildTestSite();
    desk = await startTestDesk('sqlite', { siteFolder: site.folder });
  });
  afterAll(async () => {
    await desk.stop();
    site.remove();
  });

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(desk.running.url + path, { headers: { 'Accept-Encoding': 'identity', ...headers } });

  it('has a page at the address of each', async () => {
    for (const path of ['/', '/servers', '/servers/', '/activity', '/sign-in?next=%2F']) {
      const answer = await get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('Cache-Control')).toBe('no-cache');
      expect(await answer.text()).toBe(SITE_INDEX);
    }
  });

  it('has a page of its own for every server, a name with dots included', async () => {
    for (const path of ['/servers/acme%2Fnode.js', '/servers/acme', '/servers/server.html/']) {
      const answer = await get(path);
      expect([path, answer.status, await answer.text()]).toEqual([path, 200, SITE_SERVER_PAGE]);
      expect(answer.headers.get('Cache-Control')).toBe('no-cache');
    }
  });

  it('has no page where only files or calls are', async () => {
    for (const path of [
      '/assets/gone-1234.js',
      '/assets/',
      '/favicon.ico',
      '/api/x',
      '/registry',
      '/app-3f9a.js.br',
    ]) {
      const answer = await get(path, { 'Touchmark-Client': 'web' });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
    }
  });

  const nowhere = ['/no/such/page', '/nowhere', '/servers/acme/node.js', '/register', '/sign-in/x'];
  // As a browser asks, which `fetch` may not.
  const visit = async (path: string, ...lines: string[]) =>
    rawRequest(desk.running.port, [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${desk.running.port}`,
      'Connection: close',
      'Accept: text/html,application/xhtml+xml,*/*;q=0.8',
      ...lines,
    ]);

  it('tells a person who went to no page so, on the page', async () => {
    for (const path of nowhere) {
      for (const line of ['Sec-Fetch-Mode: navigate', 'Accept-Language: en']) {
        const answer = await visit(path, line);
        expect([path, answer.status]).toEqual([path, 404]);
        expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
        expect(answer.headers['cache-control']).toBe('no-store');
        expect(answer.bytes.toString()).toBe(SITE_INDEX);
      }
    }
  });

  it('tells a program that there is no such page, in JSON', async () => {
    for (const path of [
      ...nowhere,
      '/.well-known/oauth-authorization-server',
      '/.well-known/change-password',
    ]) {
      for (const accept of ['*/*', 'application/json', 'text/html']) {
        // `fetch` says that it is no visit.
        const answer = await get(path, { Accept: accept });
        expect([path, answer.status]).toEqual([path, 404]);
        expect(await answer.json()).toMatchObject({ error: expect.any(String), code: 'not-found' });
      }
    }
  });

  it('has no page below what programs call, whoever asks', async () => {
    for (const path of [
      '/.well-known/x',
      '/v0.1/x',
      '/assets/x',
      '/favicon.ico',
      '/healthz/x',
      '/registry/',
    ]) {
      const answer = await visit(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.headers['content-type']).not.toContain('text/html');
    }
  });

  it('lets files with a hash in their name be kept for ever', async () => {
    const answer = await get('/assets/app-3f9a.js');
    expect(answer.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
    expect(await answer.text()).toBe(SITE_SCRIPT);
  });

  it('asks once for an image that stands in several places', async () => {
    expect((await get('/favicon.svg')).headers.get('Cache-Control')).toBe('public, max-age=3600');
    // A page of that name is none the less a page.
    expect((await get('/servers/acme%2Fmark.svg')).headers.get('Cache-Control')).toBe('no-cache');
  });

  it.each([
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip, br;q=0', 'gzip', gunzipSync],
    ['GZIP', 'gzip', gunzipSync],
    ['deflate', null, (body: Buffer) => body],
  ])('comes packed as the browser can take it (%s)', async (accepted, encoding, unpack) => {
    const answer = await rawRequest(desk.running.port, [
      'GET /assets/app-3f9a.js HTTP/1.1',
      `Host: 127.0.0.1:${desk.running.port}`,
      `Accept-Encoding: ${accepted}`,
      'Connection: close',
    ]);
    expect(answer.headers['content-encoding'] ?? null).toBe(encoding);
    expect(answer.headers['vary']).toBe('Accept-Encoding');
    expect(unpack(answer.bytes).toString()).toBe(SITE_SCRIPT);
  });

  it('is not sent again to a browser that has it', async () => {
    for (const path of ['/', '/servers', '/assets/app-3f9a.js', '/favicon.svg']) {
      const tag = (await get(path)).headers.get('ETag') ?? '';
      for (const header of [tag, `W/${tag}`, `"other", ${tag}`]) {
        const again = await get(path, { 'If-None-Match': header });
        expect(again.status).toBe(304);
        expect(await again.text()).toBe('');
      }
      expect((await get(path, { 'If-None-Match': '"other"' })).status).toBe(200);
    }
  });

  it('takes nothing but reads', async () => {
    expect((await fetch(desk.running.url, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(desk.running.url, { method: 'POST' })).status).toBe(404);
  });
});

describe('the page of a desk that its operator named', () => {
  const pageOf = async (look: DeskLook, encoding = 'identity') => {
    const site = buildTestSite();
    const desk = await startTestDesk('sqlite', { siteFolder: site.folder, desk: look });
    const answer = await rawRequest(desk.running.port, [
      'GET /servers HTTP/1.1',
      `Host: 127.0.0.1:${desk.running.port}`,
      `Accept-Encoding: ${encoding}`,
      'Connection: close',
    ]);
    await desk.stop();
    site.remove();
    return answer;
  };

  it('has name and colour in its first bytes, and its name in the title', async () => {
    const { bytes } = await pageOf({ name: 'Production', accent: 'red' });
    expect(bytes.toString()).toBe(
      '<!doctype html><html data-desk="Production" data-accent="red" lang="en"><title>Production · Touchmark</title></html>',
    );
  });

  it('shows a name as it is, whatever signs are in it', async () => {
    const { bytes } = await pageOf({ name: `"><b>$& & R'D`, accent: null });
    const shown = "&quot;&gt;&lt;b&gt;$&amp; &amp; R'D";
    expect(bytes.toString()).toBe(
      `<!doctype html><html data-desk="${shown}" lang="en"><title>${shown} · Touchmark</title></html>`,
    );
  });

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const)('is the same packed as %s, under a validator of its own', async (encoding, unpack) => {
    const named = await pageOf({ name: null, accent: 'blue' }, encoding);
    const other = await pageOf({ name: null, accent: 'pink' }, encoding);
    expect(named.headers['content-encoding']).toBe(encoding);
    expect(unpack(named.bytes).toString()).toContain('<html data-accent="blue" lang="en"><title>Touchmark<');
    expect(named.headers['etag']).not.toBe(other.headers['etag']);
  });
});
