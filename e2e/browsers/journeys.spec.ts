import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, keyOf, test as base } from '#e2e/fixtures.ts';
import type { HostedDesk } from '#e2e/support/desk-host.ts';
import {
  API_KEY,
  applyDelete,
  sendJson,
  startScriptedRegistry,
  type ScriptedRegistry,
} from '#e2e/support/scripted-registry.ts';
import type { BrowserTab, RunningBrowser, TabElement, Wanted } from './browser-tab.ts';
import { startBrowser, type EngineName } from './engines.ts';

// One text for every engine: each project of the configuration names one.

interface Fixtures {
  desk: HostedDesk;
  /** A window of this engine that has never been anywhere. */
  tab: BrowserTab;
  /** The outside world: a registry that answers as each test tells it, with `acme/weather`. */
  remote: ScriptedRegistry;
  /** A desk that manages it. */
  managing: HostedDesk;
}

export interface EngineOptions {
  engine: EngineName;
  running: RunningBrowser;
}

const test = base.extend<Fixtures, EngineOptions>({
  engine: ['chromium', { option: true, scope: 'worker' }],
  running: [
    async ({ engine }, use) => {
      const browser = await startBrowser(engine);
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],
  desk: async ({ deskHost }, use) => {
    const desk = await deskHost.startWithSamples();
    await use(desk);
    await desk.stop();
  },
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures it needs off this pattern
  remote: async ({}, use) => {
    const remote = await startScriptedRegistry();
    await use(remote);
    await remote.close();
  },
  managing: async ({ deskHost, remote }, use) => {
    const desk = await deskHost.startManaging(remote.url);
    await use(desk);
    await desk.stop();
  },
  tab: async ({ running }, use) => {
    const tab = await running.newTab();
    await use(tab);
    await tab.close();
  },
});

const heading = (name: string): Wanted => ({ css: 'h1', name });
const button = (name: string): Wanted => ({ css: 'button', name });
const link = (name: string): Wanted => ({ css: 'a', name });
const row = (name: string): Wanted => ({ css: `main a[href="/servers/${encodeURIComponent(name)}"]` });
const field = (name: string): Wanted => ({ css: 'input', name });
const dialog = (name: string): Wanted => ({ css: '[role="alertdialog"]', name: `Delete ${name}?` });
const confirmation = (name: string): Wanted => field(`Type ${name} to confirm`);
const keyField = field('API key');
const searchBox: Wanted = { css: 'input[type="search"]' };
const deleteButton = button('Delete server permanently');

// A page that is being left for another cannot be asked: whatever fails is tried again.
const WITHIN = { timeout: 20_000 };

async function there(tab: BrowserTab, wanted: Wanted): Promise<TabElement> {
  let element: TabElement | undefined;
  await expect(async () => {
    element = await tab.find(wanted);
    expect(element, JSON.stringify(wanted)).toBeDefined();
  }).toPass(WITHIN);
  return element as unknown as TabElement;
}

async function gone(tab: BrowserTab, wanted: Wanted): Promise<void> {
  await expect(async () => {
    expect(await tab.find(wanted), JSON.stringify(wanted)).toBeUndefined();
  }).toPass(WITHIN);
}

const click = async (tab: BrowserTab, wanted: Wanted) => (await there(tab, wanted)).click();
const type = async (tab: BrowserTab, wanted: Wanted, text: string) => (await there(tab, wanted)).type(text);
const path = (tab: BrowserTab) => tab.run(() => window.location.pathname, null);
const text = (tab: BrowserTab) => tab.run(() => document.body.innerText, null);
const isEnabled = (tab: BrowserTab) =>
  tab.run(() => document.querySelector('[role="alertdialog"] button[type="submit"]:enabled') !== null, null);

async function says(tab: BrowserTab, words: string | RegExp): Promise<void> {
  const expected = typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words);
  await expect(async () => expect(await text(tab)).toEqual(expected)).toPass({ timeout: 45_000 });
}

/** Keeps a picture for people to look at, where a folder for them is named. */
async function picture(tab: BrowserTab, name: string): Promise<void> {
  const folder = process.env['TOUCHMARK_TEST_SCREENSHOTS'];
  if (folder === undefined) return;
  // Placeholders move until their data is there.
  await expect.poll(() => tab.run(() => document.getAnimations().length, null)).toBe(0);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${test.info().project.name}-${name}.png`), await tab.screenshot());
}

async function signInByKey(tab: BrowserTab, url: string, apiKey: string): Promise<void> {
  await tab.open(`${url}/sign-in`);
  await type(tab, keyField, apiKey);
  await click(tab, button('Sign in'));
  await there(tab, heading('Servers'));
}

async function openArmedDialog(tab: BrowserTab, name: string): Promise<void> {
  await click(tab, row(name));
  await click(tab, button('Delete server'));
  await type(tab, confirmation(name), name);
  await expect.poll(() => isEnabled(tab)).toBe(true);
}

/** After a delete a click that comes at once is ignored; the drivers move the pointer in one step, which is no sign of a hand. */
async function afterIgnoredClicks(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 600);
  });
}

test('sign in by the printed link, find a server, open and delete it, and see it in Activity', async ({
  tab,
  desk,
  registry,
}) => {
  const name = 'demo/weather';
  await tab.open(desk.signInLink ?? '');
  await there(tab, heading('Servers'));
  await there(tab, row('demo/weather-archive'));
  await picture(tab, 'list');
  await tab.open(`${desk.url}/servers`);
  await type(tab, searchBox, 'weather');
  await click(tab, row(name));
  await expect.poll(() => path(tab)).toBe('/servers/demo%2Fweather');
  await there(tab, button('Delete server'));
  await says(tab, 'Calls in 7 days');
  await picture(tab, 'server');
  // Images are asked for without any header of the page.
  const icons = () =>
    tab.run(
      () =>
        Array.from(document.querySelectorAll<HTMLImageElement>('main img')).filter(
          (image) => image.naturalWidth > 0,
        ).length,
      null,
    );
  await expect.poll(icons).toBeGreaterThan(0);

  await click(tab, button('Delete server'));
  await there(tab, dialog(name));
  const isFocused = () => tab.run(() => document.activeElement instanceof HTMLInputElement, null);
  await expect.poll(isFocused).toBe(true);
  await type(tab, confirmation(name), 'demo/Weather');
  expect(await isEnabled(tab)).toBe(false);
  await picture(tab, 'dialog');
  await tab.run(() => (document.activeElement as HTMLInputElement).select(), null);
  await type(tab, confirmation(name), name);
  await expect.poll(() => isEnabled(tab)).toBe(true);
  await click(tab, deleteButton);
  await says(tab, `Deleted ${name}`);
  expect(await path(tab)).toBe('/servers');
  await gone(tab, row(name));
  await there(tab, row('demo/weather-archive'));
  expect(await tab.run(() => document.body.style.pointerEvents, null)).toBe('');
  await expect(registry.servers.get(name)).rejects.toMatchObject({ status: 404 });
  expect(await registry.servers.get('demo/weather-archive')).toMatchObject({
    qualifiedName: 'demo/weather-archive',
  });

  await afterIgnoredClicks();
  await click(tab, link('Activity'));
  await there(tab, heading('Activity'));
  await says(tab, name);
  await picture(tab, 'activity');
});

test('a refused delete keeps the dialog, what was typed and the server', async ({
  tab,
  managing,
  remote,
}) => {
  const name = 'acme/weather';
  remote.script = ({ method }, response) =>
    method === 'DELETE' ? sendJson(response, 403, { error: 'The key is read-only' }) : undefined;
  await signInByKey(tab, managing.url, API_KEY);
  await openArmedDialog(tab, name);
  await click(tab, deleteButton);
  await says(tab, 'The key is read-only');
  await there(tab, dialog(name));
  await picture(tab, 'refused');
  const typed = () => tab.run(() => document.querySelector<HTMLInputElement>('form input')?.value, null);
  expect(await typed()).toBe(name);
  await click(tab, button('Cancel, keep server'));
  await gone(tab, dialog(name));
  expect(remote.servers.has(name)).toBe(true);
  expect(remote.deletes()).toBe(1);
});

test('an outcome that is unknown says so until it is known', async ({ tab, managing, remote }) => {
  const name = 'acme/weather';
  await signInByKey(tab, managing.url, API_KEY);
  await openArmedDialog(tab, name);
  remote.script = (request, response) => {
    if (request.method !== 'DELETE') return sendJson(response, 503, { error: 'Maintenance' });
    applyDelete(remote, request);
    return sendJson(response, 500, { error: 'Internal error' });
  };
  await click(tab, deleteButton);
  await says(tab, /unknown/i);
  await there(tab, dialog(name));
  remote.script = () => undefined;
  await expect.poll(() => path(tab), { timeout: 60_000 }).toBe('/servers');
  await there(tab, row('acme'));
  await gone(tab, row(name));
  await afterIgnoredClicks();
  await click(tab, link('Activity'));
  await there(tab, heading('Activity'));
  await says(tab, name);
  expect(await text(tab)).not.toMatch(/unknown/i);
  expect(remote.deletes()).toBe(1);
});

test('a session lasts across a reload, and ends with signing out', async ({ tab, desk }) => {
  await signInByKey(tab, desk.url, keyOf(desk));
  await tab.open(`${desk.url}/activity`);
  await there(tab, heading('Activity'));
  await click(tab, button('Sign out'));
  await there(tab, keyField);
  await picture(tab, 'sign-in');
  await tab.open(`${desk.url}/activity`);
  await there(tab, keyField);
  expect(await tab.run(() => document.cookie, null)).toBe('');
});
