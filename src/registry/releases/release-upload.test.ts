import { connect } from 'node:net';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { sendRelease } from '#e2e/support/publishing.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

const NAME = 'acme/weather';
const STDIO = { type: 'stdio', runtime: 'node' };
const EXTERNAL = { type: 'external', upstreamUrl: 'https://weather.example.com/mcp' };

describe.each(engines)('the upload of a release on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine, { limits: { maxBundleBytes: 2 * 1024 ** 2 } });
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put(NAME);
  });
  afterAll(async () => registry.drop());

  async function drafts(): Promise<string[]> {
    return (await registry.stored.stored()).filter((name) => name === 'draft');
  }

  async function leftovers(): Promise<unknown[]> {
    return [...(await drafts()), ...(await registry.db.selectFrom('releases').selectAll().execute())];
  }

  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{', /^payload: must be a JSON object/],
    ['a list', [], /^payload.type: must be/],
    ['no type', {}, /^payload.type: must be "external"/],
    [
      'a hosted module',
      { type: 'hosted', stateful: false, hasAuthAdapter: false },
      /Smithery's own runtime.*"external".*"stdio"/,
    ],
    ['no URL', { type: 'external' }, /^payload.upstreamUrl/],
    [
      'a URL of another kind',
      { ...EXTERNAL, upstreamUrl: 'file:///etc/passwd' },
      /^payload.upstreamUrl: must be an http/,
    ],
    [
      'a password in the URL',
      { ...EXTERNAL, upstreamUrl: 'https://me:secret@a.test/' },
      /user name or password/,
    ],
    [
      'a config schema without a floor',
      `{"type":"external","upstreamUrl":"https://a.test/","configSchema":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`,
      /^payload: must not be nested deeper/,
    ],
    ['a config schema that is text', { ...EXTERNAL, configSchema: 'x' }, /^payload.configSchema/],
    [
      'credentials that are no header',
      { ...EXTERNAL, scanCredentials: { 'a b': 'x' } },
      /^payload.scanCredentials/,
    ],
    [
      'credentials that break the line',
      { ...EXTERNAL, scanCredentials: { a: 'x\r\nb: c' } },
      /^payload.scanCredentials.a/,
    ],
    [
      'credentials that are the connection’s own',
      { ...EXTERNAL, scanCredentials: { Host: 'x' } },
      /^payload.scanCredentials/,
    ],
    ['no bundle', STDIO, /^bundle: is missing/],
  ])('is refused with %s', async (_what, payload, message) => {
    const { status, body } = await sendRelease(registry, NAME, { payload });
    expect([status, body]).toEqual([400, { error: expect.stringMatching(message) }]);
    expect(await leftovers()).toEqual([]);
  });

  it('is refused with an unknown runtime, and with a bundle that has no place', async () => {
    const bundle = makeBundle();
    const runtime = await sendRelease(registry, NAME, { payload: { ...STDIO, runtime: 'perl' }, bundle });
    expect([runtime.status, runtime.body['error']]).toEqual([400, expect.stringMatching(/^payload.runtime/)]);
    const misplaced = await sendRelease(registry, NAME, { payload: EXTERNAL, bundle });
    expect([misplaced.status, misplaced.body['error']]).toEqual([
      400,
      expect.stringMatching(/^bundle: must not/),
    ]);
    expect(await leftovers()).toEqual([]);
  });

  it('warns of what it does not know and takes the rest', async () => {
    const payload = { ...STDIO, colour: 'red' };
    const { status, body } = await sendRelease(registry, NAME, { payload, bundle: makeBundle() });
    expect([status, body['warnings']]).toEqual([202, ['payload.colour: is not known here and was ignored']]);
  });

  it('is refused where the bundle is too large, with nothing left of it', async () => {
    const bundle = new Uint8Array(3 * 1024 ** 2);
    const { status, body } = await sendRelease(registry, NAME, { payload: STDIO, bundle });
    expect([status, body['error']]).toEqual([
      413,
      expect.stringMatching(/^bundle: must be at most 2097152 bytes/),
    ]);
    expect(await leftovers()).toEqual([]);
  });

  it.each([
    ['another kind of body', 'application/json', '{}', /^Body: must be multipart/],
    ['no payload', 'multipart/form-data; boundary=b', '--b--\r\n', /^payload: is missing/],
    ['an endless boundary', `multipart/form-data; boundary=${'b'.repeat(300)}`, '', /^Body: its boundary/],
    ['a boundary of no characters', 'multipart/form-data; boundary=""', '', /^Body: /],
    [
      'an end that is missing',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="bundle"; filename="a"\r\n\r\nhalf of it',
      /^Body: ended before/,
    ],
    [
      'two payloads',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="payload"\r\n\r\n{}\r\n'.repeat(2) + '--b--\r\n',
      /^payload: was sent twice/,
    ],
    [
      'a payload that is a file',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="payload"; filename="a"\r\n\r\n{}\r\n--b--\r\n',
      /^payload: must be a text field/,
    ],
    [
      'a payload without end',
      'multipart/form-data; boundary=b',
      `--b\r\nContent-Disposition: form-data; name="payload"\r\n\r\n${'x'.repeat(1_100_000)}\r\n--b--\r\n`,
      /^payload: must be at most/,
    ],
  ])('is refused with %s', async (_what, type, body, message) => {
    const response = await registry.fetch(
      new Request('http://desk.test/servers/acme%2Fweather/releases', {
        method: 'PUT',
        headers: { Authorization: `Bearer ${registry.ownerKey}`, 'Content-Type': type },
        body,
      }),
    );
    expect([response.status < 500, await response.json()]).toEqual([
      true,
      { error: expect.stringMatching(message) },
    ]);
    expect(await leftovers()).toEqual([]);
  });

  it('leaves nothing where the connection breaks in the middle', async () => {
    const listener = getRequestListener(async (request) => registry.fetch(request), {
      overrideGlobalObjects: false,
    });
    const server = createServer((request, response) => void listener(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(
      'PUT /servers/acme%2Fweather/releases HTTP/1.1\r\nHost: desk.test\r\n' +
        `Authorization: Bearer ${registry.ownerKey}\r\n` +
        'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n' +
        '--b\r\nContent-Disposition: form-data; name="bundle"; filename="a"\r\n\r\n',
    );
    socket.write('x'.repeat(200_000));
    await eventually(async () => (await drafts()).length === 1);
    socket.destroy();
    await eventually(async () => (await drafts()).length === 0);
    expect(await leftovers()).toEqual([]);
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  it('tells a missing server from a missing namespace, and another’s from neither', async () => {
    const send = async (name: string, as: Parameters<typeof sendRelease>[0] = registry) => {
      const { status, body } = await sendRelease(as, name, { payload: EXTERNAL });
      return { status, body };
    };
    expect(await send('acme/none')).toEqual({ status: 404, body: { error: 'Server not found' } });
    expect(await send('nowhere/none')).toEqual({
      status: 404,
      body: { error: 'Namespace not found: create it first' },
    });
    expect(await send('rival/none')).toEqual({ status: 404, body: { error: 'Server not found' } });
    const rival = { fetch: registry.fetch, ownerKey: registry.rivalKey };
    expect(await send(NAME, rival)).toEqual({ status: 404, body: { error: 'Server not found' } });
  });
});

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempts = 0; !(await isSo().catch(() => false)); attempts += 1) {
    if (attempts > 500) throw new Error('It never came to that');
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
