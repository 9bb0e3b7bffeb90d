import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ICONS_PATH, MAX_ICON_AMONG_OTHERS, MAX_ICONS } from '#contract/server-icons.ts';
import { sendJson } from '#e2e/support/scripted-registry.ts';
import { startDirectDesk, type DirectDesk } from '#e2e/support/test-desk.ts';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

describe('the icons of a list', () => {
  let desk: DirectDesk;
  beforeAll(async () => {
    desk = await startDirectDesk();
  });
  afterEach(() => {
    desk.registry.script = () => undefined;
  });
  afterAll(async () => {
    await desk.stop();
  });

  const ask = async (...names: string[]) =>
    desk.owner.call(`${ICONS_PATH}?${new URLSearchParams(names.map((name) => ['name', name]))}`);

  it('come in one answer, each as an image that can do nothing, or as none', async () => {
    desk.registry.script = ({ target }, response) => {
      const [, name = ''] = /^\/servers\/acme%2F(\w+)\/icon$/.exec(target) ?? [];
      const answers: Record<string, () => unknown> = {
        png: () => response.writeHead(200, { 'Content-Type': 'image/PNG; x=y' }).end(PNG),
        page: () => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<script>alert(1)</script>'),
        none: () => sendJson(response, 404, { error: 'Icon not found' }),
        cut: () => {
          response.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': '99' }).write(PNG);
          setTimeout(() => response.destroy(), 20);
        },
        broken: () => response.destroy(),
        large: () =>
          response
            .writeHead(200, { 'Content-Type': 'image/webp' })
            .end(Buffer.alloc(MAX_ICON_AMONG_OTHERS + 1)),
      };
      answers[name]?.();
      return true;
    };
    const names = ['png', 'page', 'none', 'cut', 'broken', 'large'].map((name) => `acme/${name}`);
    const answer = await ask(...names, 'acme/png');
    expect(answer.status).toBe(200);
    // What could not be read now may be there the next time.
    expect(answer.headers['cache-control']).toBe('no-store');
    expect((await ask('acme/png', 'acme/page', 'acme/none')).headers['cache-control']).toBe(
      'private, max-age=300',
    );
    expect(answer.json).toEqual({
      icons: {
        'acme/png': `data:image/png;base64,${PNG.toString('base64')}`,
        'acme/page': null,
        'acme/none': null,
        'acme/cut': null,
        'acme/broken': null,
      },
    });
  });

  it('are asked of the registry each once, a few at a time', async () => {
    let open = 0;
    let most = 0;
    desk.registry.requests.length = 0;
    desk.registry.script = (_request, response) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        sendJson(response, 404, { error: 'Icon not found' });
      }, 5);
      return true;
    };
    const names = Array.from({ length: MAX_ICONS }, (_, index) => `acme/server-${index}`);
    expect(Object.keys((await ask(...names)).json?.['icons'] ?? {}).sort()).toEqual(names.sort());
    expect(desk.registry.requests).toHaveLength(MAX_ICONS);
    expect(most).toBeLessThanOrEqual(6);
  });

  it('of what is no server, of nothing and of too many are not asked for', async () => {
    desk.registry.requests.length = 0;
    const many = Array.from({ length: MAX_ICONS + 1 }, (_, index) => `acme/server-${index}`);
    for (const names of [['acme/../keys'], ['acme/a/b'], [''], [], many, ['acme/weather', 'a b']]) {
      expect(await ask(...names)).toMatchObject({ status: 400, json: { code: 'bad-request' } });
    }
    expect(desk.registry.requests).toEqual([]);
  });

  it('end the session where the registry no longer takes its key', async () => {
    const visitor = desk.running.visitor();
    desk.registry.owners.set('smry_ended', ['acme']);
    await visitor.signIn({ apiKey: 'smry_ended' });
    desk.registry.owners.delete('smry_ended');
    expect((await visitor.call(`${ICONS_PATH}?name=acme`)).status).toBe(401);
    expect((await visitor.call('/api/-/session')).status).toBe(401);
  });
});
