import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chromiumArguments, findChromium } from '../support/browser.ts';
import { buildTestSite, type BuiltSite } from '../support/built-site.ts';
import { API_KEY } from '../support/scripted-registry.ts';
import { startTestDesk, type TestDesk } from '../support/test-desk.ts';

describe('a page that attacks a signed-in browser', () => {
  let site: BuiltSite;
  let attacker: Server;
  let attackerPort: number;
  let browser: Browser;
  let desk: TestDesk;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    site = buildTestSite();
    attacker = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Attack</title>');
    });
    await new Promise<void>((resolve) => {
      attacker.listen(0, '127.0.0.1', resolve);
    });
    attackerPort = (attacker.address() as AddressInfo).port;
    browser = await chromium.launch({
      executablePath: process.env['TOUCHMARK_TEST_CHROMIUM'] ?? (await findChromium(() => {})),
      // A name of the attacker's that now points at this machine, as after DNS rebinding.
      args: [...chromiumArguments, '--host-resolver-rules=MAP evil.test 127.0.0.1'],
    });
  });
  afterAll(async () => {
    await browser.close();
    attacker.close();
    site.remove();
  });

  beforeEach(async () => {
    desk = await startTestDesk('sqlite', { siteFolder: site.folder });
    context = await browser.newContext();
    page = await context.newPage();
    await page.goto(`${desk.running.url}/sign-in`);
    const isSignedIn = await page.evaluate(async (apiKey) => {
      const headers = { 'Touchmark-Client': 'web', 'Content-Type': 'application/json' };
      const body = JSON.stringify({ apiKey });
      return (await fetch('/api/-/session', { method: 'POST', headers, body })).ok;
    }, API_KEY);
    if (!isSignedIn) throw new Error('Signing in failed');
    desk.registry.requests.length = 0;
  });
  afterEach(async () => {
    await context.close();
    await desk.stop();
  });

  it('is not what our own page is: that one reads and deletes', async () => {
    const statuses = await page.evaluate(async () => {
      const headers = {
        'Touchmark-Client': 'web',
        'Idempotency-Key': '5f0c1d5e-4f0e-4d0c-9a55-1f2e3d4c5b6a',
      };
      const read = await fetch('/api/servers', { headers });
      const deleted = await fetch('/api/servers/acme%2Fweather', { method: 'DELETE', headers });
      return [read.status, deleted.status];
    });
    expect(statuses).toEqual([200, 200]);
    const [cookie] = await context.cookies(desk.running.url);
    expect(cookie).toMatchObject({
      name: `__Host-Http-touchmark-${desk.running.port}`,
      httpOnly: true,
      secure: true,
      sameSite: 'Strict',
    });
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });

  it.each([
    ['another port of this machine', '127.0.0.1'],
    ['another name of this machine', 'localhost'],
    ['another site', 'evil.test'],
  ])('from %s reaches the registry by no means', async (_where, host) => {
    await page.goto(`http://${host}:${attackerPort}/`);
    await page.evaluate(attack, desk.running.url);
    // A form takes its page along.
    for (const [method, path] of [
      ['GET', '/api/servers'],
      ['POST', '/api/servers/acme%2Fweather'],
      ['POST', '/api/-/session'],
    ] as const) {
      await page.goto(`http://${host}:${attackerPort}/`);
      await page.evaluate(submitForm, { method, action: desk.running.url + path });
      await page.waitForURL((url) => url.port !== String(attackerPort));
    }
    expect(desk.registry.requests).toEqual([]);
    expect([...desk.registry.servers.keys()]).toContain('acme/weather');
    const attempts = desk.running.log.filter((line) => line.includes('"status":403'));
    expect(attempts.length).toBeGreaterThan(8);
  });

  it('whose name was rebound to this machine gets nothing, although it is same-origin with itself', async () => {
    const response = await page.goto(`http://evil.test:${desk.running.port}/`);
    expect(response?.status()).toBe(421);
    const statuses = await page.evaluate(async () => {
      const headers = {
        'Touchmark-Client': 'web',
        'Idempotency-Key': '5f0c1d5e-4f0e-4d0c-9a55-1f2e3d4c5b6a',
      };
      const calls = [
        fetch('/api/servers', { headers }),
        fetch('/api/-/session', { headers }),
        fetch('/registry/servers'),
        fetch('/healthz'),
        fetch('/api/servers/acme%2Fweather', { method: 'DELETE', headers }),
      ];
      return (await Promise.all(calls)).map(({ status }) => status);
    });
    expect(statuses).toEqual([421, 421, 421, 421, 421]);
    expect(desk.registry.requests).toEqual([]);
  });

  it('cannot frame the dashboard', async () => {
    await page.goto(`http://127.0.0.1:${attackerPort}/`);
    await page.setContent(`<iframe src="${desk.running.url}/servers"></iframe>`);
    await page.waitForLoadState('networkidle');
    const framed = page.frames().find((frame) => frame !== page.mainFrame());
    expect(await framed?.title()).not.toBe('Touchmark');
  });
});

// Runs in the attacker's page: every way to send something without leaving it. Resolves when all have ended.
async function attack(gateway: string): Promise<void> {
  const targets = ['/api/servers', '/api/servers/acme%2Fweather', '/api/-/session', '/api/servers/acme/icon'];
  const ended = (element: HTMLElement) =>
    new Promise((resolve) => {
      element.addEventListener('load', resolve);
      element.addEventListener('error', resolve);
      document.documentElement.append(element);
    });
  const attempts: Promise<unknown>[] = [];
  for (const target of targets) {
    const url = gateway + target;
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const headers = {
        'Touchmark-Client': 'web',
        'Idempotency-Key': '5f0c1d5e-4f0e-4d0c-9a55-1f2e3d4c5b6a',
      };
      attempts.push(fetch(url, { method, headers, credentials: 'include' }).catch(() => {}));
    }
    for (const method of ['GET', 'POST']) {
      const options = { method, mode: 'no-cors', credentials: 'include' } as const;
      attempts.push(fetch(url, options).catch(() => {}));
    }
    navigator.sendBeacon(url, new Blob(['{"apiKey":"x"}'], { type: 'text/plain' }));
    for (const [tag, attribute] of [
      ['img', 'src'],
      ['script', 'src'],
      ['iframe', 'src'],
      ['link', 'href'],
    ] as const) {
      const element = document.createElement(tag);
      if (tag === 'link') element.setAttribute('rel', 'stylesheet');
      element.setAttribute(attribute, url);
      attempts.push(ended(element));
    }
  }
  await Promise.all(attempts);
}

function submitForm({ method, action }: { method: string; action: string }): void {
  const form = document.createElement('form');
  Object.assign(form, { method, action, enctype: 'text/plain' });
  const field = document.createElement('input');
  Object.assign(field, { name: '{"apiKey":"x","rest":"', value: '"}' });
  form.append(field);
  document.body.append(form);
  form.submit();
}
