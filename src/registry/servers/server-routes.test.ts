import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

describe.each(engines)('servers on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  beforeEach(async () => registry.clear());
  afterAll(async () => registry.drop());

  it('are created with what was sent, and read back', async () => {
    const body = { displayName: ' Weather ', description: 'Sun\nand rain' };
    const created = await registry.call('PUT', '/servers/acme%2Fweather', { body });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      namespace: 'acme',
      server: 'weather',
      displayName: 'Weather',
      description: 'Sun\nand rain',
      createdAt: '2026-03-01T12:00:00.000Z',
    });
    const read = await registry.call('GET', '/servers/acme%2Fweather');
    expect(read.status).toBe(200);
    expect(read.body).toEqual({
      qualifiedName: 'acme/weather',
      displayName: 'Weather',
      description: 'Sun\nand rain',
      iconUrl: null,
      remote: false,
      deploymentUrl: null,
      connections: [],
      security: null,
      tools: null,
      resources: null,
      prompts: null,
    });
  });

  it('are created once: a second time answers 201 and changes nothing', async () => {
    const first = await registry.call('PUT', '/servers/acme', { body: { displayName: 'First' } });
    registry.clock.now = new Date('2026-04-01T00:00:00.000Z');
    const second = await registry.call('PUT', '/servers/acme', { body: { displayName: 'Second' } });
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
    expect(first.body).toMatchObject({ namespace: 'acme', server: '', displayName: 'First' });
  });

  it('are created at the same time by two requests without a failure, and once', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => registry.call('PUT', '/servers/acme%2Ftwin')));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect((await registry.call('GET', '/servers')).body).toMatchObject({ pagination: { totalCount: 1 } });
  });

  it('are created only in namespaces that exist and are the caller’s', async () => {
    expect(await registry.call('PUT', '/servers/nobody%2Fx')).toMatchObject({
      status: 404,
      body: { error: 'Namespace not found' },
    });
    expect(await registry.call('PUT', '/servers/rival%2Fx')).toMatchObject({
      status: 403,
      body: { error: 'Namespace belongs to another user' },
    });
    expect((await registry.call('GET', '/servers/rival%2Fx')).status).toBe(404);
  });

  it.each([
    'Acme',
    'ab',
    'acme%2FWeather',
    'acme%2F-x',
    'acme%2F',
    'acme%2Fa%2Fb',
    'acme%252Fx',
    '%00',
    'acm%C3%A9%2Fx',
  ])('are not created under the name %s', async (name) => {
    const { status, body } = await registry.call('PUT', `/servers/${name}`);
    expect([status, body]).toEqual([400, { error: expect.stringMatching(/name: must be/) }]);
  });

  it('are found under no name but their own, however it is written', async () => {
    await registry.put('acme', 'acme/weather');
    const own = new Set(['acme', 'acme/weather']);
    const piece = fc.constantFrom(
      'acme',
      'weather',
      '/',
      '%2F',
      '%2f',
      '%252F',
      '..',
      '.',
      '%2e',
      '\\',
      '%5C',
      '%00',
      '?',
      '#',
      '%',
      '\u{FF0F}',
      ' ',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 5 }), async (pieces) => {
        const { pathname } = new URL(`http://x/servers/${pieces.join('')}`);
        const { status, body } = await registry.call('GET', pathname);
        if (status !== 200 || pathname === '/servers') return;
        const asked = decodeURIComponent(pathname.slice('/servers/'.length));
        expect(pathname.split('/')).toHaveLength(3);
        expect(own).toContain(asked);
        expect(body).toMatchObject({ qualifiedName: asked });
      }),
      { numRuns: 150 },
    );
  });

  it('keep apart a namespace-only server and one within its namespace', async () => {
    await registry.put('acme', 'acme/weather');
    await registry.call('PATCH', '/servers/acme', { body: { displayName: 'The whole' } });
    expect((await registry.call('GET', '/servers/acme%2Fweather')).body).toMatchObject({
      displayName: 'weather',
    });
    expect((await registry.call('GET', '/servers/acme')).body).toMatchObject({ displayName: 'The whole' });
  });

  it('are changed field by field; null clears, unknown fields and absent ones do nothing', async () => {
    await registry.put('acme/weather');
    const path = '/servers/acme%2Fweather';
    const first = {
      displayName: 'Weather',
      homepage: 'https://weather.example.com/',
      repositoryUrl: 'https://github.com/acme-inc/weather.git',
      iconUrl: 'https://weather.example.com/icon.png',
      license: 'MIT',
      somethingElse: 1,
    };
    const answer = await registry.call('PATCH', path, { body: first });
    expect(answer).toMatchObject({
      status: 200,
      body: { success: true, namespace: 'acme', server: 'weather' },
    });
    const list = async (query: string) => (await registry.call('GET', `/servers?${query}`)).body;
    expect(await list('repoOwner=acme-inc&repoName=weather')).toMatchObject({
      servers: [{ homepage: first.homepage, iconUrl: first.iconUrl, displayName: 'Weather' }],
    });
    await registry.call('PATCH', path, { body: { homepage: null, repositoryUrl: null, iconUrl: null } });
    expect(await list('repoOwner=acme-inc')).toMatchObject({ servers: [] });
    expect(await list('')).toMatchObject({
      servers: [
        { homepage: 'http://desk.test/servers/acme%2Fweather', iconUrl: null, displayName: 'Weather' },
      ],
    });
  });

  it.each([
    ['displayName', 7],
    ['displayName', null],
    ['displayName', '  '],
    ['displayName', 'a\u0000b'],
    ['displayName', 'a\nb'],
    ['displayName', 'x'.repeat(201)],
    ['description', '\u001b[31mred'],
    ['description', '\ud800'],
    ['homepage', 'javascript:alert(1)'],
    ['homepage', 'weather.example.com'],
    ['repositoryUrl', 'ftp://example.com/x'],
    ['iconUrl', `https://example.com/${'x'.repeat(2048)}`],
    ['license', ['MIT']],
    ['unlisted', 'yes'],
    ['unlisted', null],
  ])('are not changed where %s is %j, and the answer names the field', async (field, value) => {
    await registry.put('acme');
    const answer = await registry.call('PATCH', '/servers/acme', {
      body: { displayName: 'New', [field]: value },
    });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(new RegExp(`^${field}: `)) },
    });
    expect((await registry.call('GET', '/servers/acme')).body).toMatchObject({ displayName: 'acme' });
  });

  it('are changed by their owner alone', async () => {
    await registry.put('acme');
    const body = { displayName: 'Taken over' };
    expect(await registry.call('PATCH', '/servers/acme', { body, key: registry.rivalKey })).toMatchObject({
      status: 403,
      body: { error: 'Server belongs to another user' },
    });
    expect(await registry.call('PATCH', '/servers/acme%2Fnone', { body })).toMatchObject({
      status: 404,
      body: { error: 'Server not found' },
    });
    expect((await registry.call('GET', '/servers/acme', { key: registry.rivalKey })).body).toMatchObject({
      displayName: 'acme',
    });
  });
});
