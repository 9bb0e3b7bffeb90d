import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import { imageTypeOf } from './image-type.ts';

const MEGABYTE = 1024 * 1024;
const png = (size = 100) =>
  Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(size - 8)]);
const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';

describe.each(engines)('the icon of a server on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await registry.put('acme/weather', 'acme/other');
  });
  afterAll(async () => registry.drop());

  const path = '/servers/acme%2Fweather/icon';
  const form = (...files: (Buffer | string)[]) => {
    const body = new FormData();
    for (const [i, file] of files.entries()) {
      body.append(`file${i}`, new Blob([typeof file === 'string' ? file : new Uint8Array(file)]), 'icon.exe');
    }
    return body;
  };
  const upload = (body: unknown, key = registry.ownerKey) => registry.call('PUT', path, { body, key });

  it('is stored, shown by its own kind, replaced and deleted', async () => {
    const stored = await upload(form(png()));
    const iconUrl = 'http://desk.test/registry/servers/acme%2Fweather/icon';
    expect([stored.status, stored.body]).toEqual([200, { iconUrl }]);
    expect((await registry.call('GET', '/servers/acme%2Fweather')).body).toMatchObject({ iconUrl });
    const shown = await registry.fetch(new Request(`http://x${path}`));
    expect(Buffer.from(await shown.arrayBuffer())).toEqual(png());
    expect(shown.headers.get('Content-Type')).toBe('image/png');
    await upload(form(svg));
    const drawn = await registry.call('GET', path, { key: null });
    expect([drawn.text, drawn.headers.get('Content-Type')]).toEqual([svg, 'image/svg+xml']);
    const deleted = await registry.call('DELETE', path);
    expect([deleted.status, deleted.body]).toEqual([200, { success: true }]);
    const none = [404, { error: 'No icon found' }];
    for (const method of ['GET', 'DELETE']) {
      const { status, body } = await registry.call(method, path);
      expect([status, body]).toEqual(none);
    }
    expect((await registry.call('GET', '/servers/acme%2Fweather')).body).toMatchObject({ iconUrl: null });
  });

  it('may weigh a megabyte and no more', async () => {
    expect((await upload(form(png(MEGABYTE)))).status).toBe(200);
    const larger = await upload(form(png(MEGABYTE + 1)));
    expect([larger.status, larger.body]).toEqual([400, { error: expect.stringContaining('too large') }]);
    const shown = await registry.fetch(new Request(`http://x${path}`));
    expect((await shown.arrayBuffer()).byteLength).toBe(MEGABYTE);
  });

  it('is refused where it is no image, whatever its name says', async () => {
    for (const content of ['', 'text', '<html><svg></svg></html>', deflateSync('x')]) {
      const { status, body } = await upload(form(content));
      expect([status, body]).toEqual([
        400,
        { error: expect.stringContaining('PNG, JPEG, GIF, SVG or WebP') },
      ]);
    }
  });

  it.each([
    ['none', 'holds no file', () => form()],
    ['two', 'not two', () => form(png(), png())],
    ['JSON', 'multipart/form-data', () => '{"icon":"x"}'],
  ])('is refused where the body holds %s', async (_, text, body) => {
    const answer = await upload(body());
    expect([answer.status, answer.body]).toEqual([400, { error: expect.stringContaining(text) }]);
  });

  it('is refused, and no more of the body read, where other parts never end', async () => {
    const stranger = form(svg);
    let sent = 0;
    const whole = new Request('http://x', { method: 'PUT', body: stranger });
    const start = new Uint8Array(await whole.arrayBuffer());
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        // The file and the next part's head, and then that part for ever.
        if (sent === 0) {
          const head = 'Content-Disposition: form-data; name="more"\r\n\r\n';
          controller.enqueue(Buffer.concat([start.subarray(0, -4), Buffer.from(`\r\n${head}`)]));
        } else controller.enqueue(new Uint8Array(65_536));
        sent += 65_536;
      },
    });
    const response = await registry.fetch(
      new Request(`http://x${path}`, {
        method: 'PUT',
        body: endless,
        duplex: 'half',
        headers: {
          Authorization: `Bearer ${registry.ownerKey}`,
          'Content-Type': whole.headers.get('Content-Type') ?? '',
        },
      } as RequestInit),
    );
    expect([response.status, await response.json()]).toEqual([
      413,
      { error: expect.stringContaining('Body') },
    ]);
    expect(sent).toBeLessThan(8 * MEGABYTE);
  });

  it('is refused where the body ends early, and the one before stays', async () => {
    await upload(form(svg));
    const whole = new Request('http://x', { method: 'PUT', body: form(png(50_000)) });
    const bytes = new Uint8Array(await whole.arrayBuffer());
    for (const end of [10, 300, 40_000, bytes.length - 20]) {
      const response = await registry.fetch(
        new Request(`http://x${path}`, {
          method: 'PUT',
          body: bytes.slice(0, end),
          headers: {
            Authorization: `Bearer ${registry.ownerKey}`,
            'Content-Type': whole.headers.get('Content-Type') ?? '',
          },
        }),
      );
      expect([end, response.status]).toEqual([end, 400]);
      expect(await response.json()).toEqual({ error: expect.stringContaining('ended before') });
    }
    expect((await registry.call('GET', path)).text).toBe(svg);
    expect(registry.failures).toEqual([]);
  });

  it('is changed by its owner alone', async () => {
    await upload(form(svg));
    const refused = [403, { error: 'Server belongs to another user' }];
    const put = await upload(form(png()), registry.rivalKey);
    const gone = await registry.call('DELETE', path, { key: registry.rivalKey });
    expect([put.status, put.body]).toEqual(refused);
    expect([gone.status, gone.body]).toEqual(refused);
    expect((await registry.call('DELETE', '/servers/acme%2Fnone/icon')).status).toBe(404);
    expect((await registry.call('GET', path)).text).toBe(svg);
  });
});

describe('the kind of an image', () => {
  it.each([
    ['image/png', '\x89PNG\r\n\x1a\nrest'],
    ['image/jpeg', '\xff\xd8\xff\xe0rest'],
    ['image/gif', 'GIF89a'],
    ['image/gif', 'GIF87a'],
    ['image/webp', 'RIFF\x00\x00\x00\x00WEBPVP8 '],
    ['image/svg+xml', svg],
    ['image/svg+xml', '\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a -->\n<!DOCTYPE svg PUBLIC "x" "y">\n<svg>'],
    [undefined, 'RIFF\x00\x00\x00\x00WAVE'],
    [undefined, 'GIF88a'],
    [undefined, '<!-- never closed <svg>'],
    [undefined, '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>'],
    [undefined, '<svgx>'],
    [undefined, 'x<svg>'],
    [undefined, '\xff<svg>'],
  ])('is %s for %j', (type, content) => {
    expect(imageTypeOf(Buffer.from(content, 'latin1'))).toBe(type);
  });

  it('is told quickly, whatever stands before', () => {
    const comments = Buffer.from('<!---->'.repeat(140_000));
    expect(imageTypeOf(comments)).toBeUndefined();
  });
});
