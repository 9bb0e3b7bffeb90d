import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { confirmationField, deleteButton, expect, openDeleteDialog, startSession, test } from './fixtures.ts';
import { runCommand } from './support/run-command.ts';
import { API_KEY, sendJson } from './support/scripted-registry.ts';
import { createVisitor } from './support/visitor.ts';

const NAME = 'demo/weather';

const rows = (page: Page) => page.getByRole('table', { name: 'Activity' }).locator('tbody > tr');
const rowOf = (page: Page, text: string) => rows(page).filter({ hasText: text });

async function showsNoMoreThanTheWindow(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 800 });
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
    `${width} px`,
  ).toBe(true);
}

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

async function deleteAtTheDesk(page: Page, url: string, name: string): Promise<void> {
  await openDeleteDialog(page, url, name);
  await confirmationField(page, name).fill(name);
  await deleteButton(page).click();
  await expect(page.getByText(`Deleted ${name}`, { exact: true })).toBeVisible();
}

test('attempts of strangers are a number in the owner’s Activity, however many they are', async ({
  signedIn,
  desk,
}) => {
  const place = ['--data', desk.dataFolder, '--json'];
  await runCommand(['user', 'add', 'mallory', ...place]);
  const { stdout } = await runCommand(['key', 'create', 'mallory', ...place]);
  const stranger = createVisitor(desk.url);
  await stranger.signIn({ apiKey: (JSON.parse(stdout) as { key: string }).key });
  await signedIn.goto(`${desk.url}/activity?server=${encodeURIComponent(NAME)}`);
  await expect(signedIn.getByRole('heading', { name: 'No change matches' })).toBeVisible();
  await expect(signedIn.getByText('refused attempt')).toHaveCount(0);
  for (let i = 0; i < 3; i++) await stranger.deleteServer(NAME);
  await signedIn.reload();
  await expect(
    signedIn.getByText('3 refused attempts by others in your namespaces in the last 30 days.', {
      exact: true,
    }),
  ).toBeVisible();
  await expect(rowOf(signedIn, NAME)).toHaveCount(0);
  for (const width of [1280, 375]) await showsNoMoreThanTheWindow(signedIn, width);
});

test('one change is one row, with who, what, from where and what became of it, whoever made it', async ({
  signedIn: page,
  desk,
  registry,
}) => {
  await deleteAtTheDesk(page, desk.url, NAME);
  await registry.servers.delete('demo/weather-archive');
  await page.goto(`${desk.url}/activity?action=server.delete`);
  const table = page.getByRole('table', { name: 'Activity' });
  await expect(table.getByRole('columnheader')).toHaveText(['When', 'Who', 'What', 'From', 'Outcome']);
  await expect(rows(page)).toHaveCount(2);
  const [byApi, atDesk] = [rows(page).nth(0), rows(page).nth(1)];
  await expect(byApi).toContainText('demo/weather-archive');
  await expect(byApi).toContainText('API');
  await expect(atDesk).toContainText('Desk');
  await expect(atDesk.getByText('Deleted', { exact: true })).toBeVisible();
  await expect(atDesk.getByText(NAME, { exact: true })).toBeVisible();

  const details = atDesk.getByRole('button', { name: `Details: Delete ${NAME}` });
  await details.focus();
  await page.keyboard.press('Enter');
  await expect(details).toHaveAttribute('aria-expanded', 'true');
  await expect(atDesk).toContainText(/Operation id\s*[0-9a-f]{8}-/);
  await expect(atDesk).toContainText(/Request id/);
  await expect(atDesk).toContainText(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/);
  expect(await violations(page)).toEqual([]);
  for (const width of [320, 375, 768, 1280, 2560]) await showsNoMoreThanTheWindow(page, width);
});

test('filters are in the address and in the history, typing is not, and Back shows what the address says', async ({
  signedIn: page,
  desk,
  registry,
}) => {
  await registry.servers.delete(NAME);
  await page.goto(`${desk.url}/activity`);
  await expect(rowOf(page, NAME)).toBeVisible();
  const box = page.getByRole('searchbox', { name: 'Search activity' });
  await box.pressSequentially('weath');
  await expect(page).toHaveURL(/\/activity\?q=weath$/);
  await page.getByRole('combobox', { name: 'Action' }).selectOption({ label: 'Delete server' });
  await expect(page).toHaveURL(/\?q=weath&action=server\.delete$/);
  await expect(rows(page)).toHaveCount(1);
  await box.fill('zzzz');
  await expect(page.getByRole('heading', { name: 'No change matches' })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/\/activity\?q=weath$/);
  await expect(box).toHaveValue('weath');
  await expect(page.getByRole('combobox', { name: 'Action' })).toHaveValue('');
  await page.goForward();
  await expect(box).toHaveValue('zzzz');
  await expect(page.getByRole('combobox', { name: 'Action' })).toHaveValue('server.delete');
  await page.reload();
  await expect(box).toHaveValue('zzzz');
  await page.getByRole('button', { name: 'Show all activity' }).click();
  await expect(page).toHaveURL(/\/activity$/);
  await expect(box).toHaveValue('');
  await expect(rowOf(page, NAME)).toBeVisible();
});

test('what happens meanwhile comes in by itself, and is offered while a row is pointed at', async ({
  signedIn: page,
  desk,
  registry,
}) => {
  await registry.servers.delete(NAME);
  await page.goto(`${desk.url}/activity?action=server.delete`);
  await expect(rows(page)).toHaveCount(1);
  await registry.servers.delete('demo/weather-archive');
  await expect(rows(page)).toHaveCount(2, { timeout: 10_000 });
  await expect(rows(page).nth(0)).toContainText('demo/weather-archive');

  await rows(page).nth(1).hover();
  await registry.servers.delete('studio/notes').catch(() => registry.servers.delete('demo/mail-merge'));
  const offer = page.getByRole('button', { name: '1 new, show' });
  await expect(offer).toBeVisible({ timeout: 10_000 });
  await expect(rows(page)).toHaveCount(2);
  await offer.click();
  await expect(rows(page)).toHaveCount(3);
  await expect(offer).toHaveCount(0);
});

test('all that a filter lets through comes as CSV and as JSON', async ({
  signedIn: page,
  desk,
  registry,
}) => {
  await registry.servers.delete(NAME);
  await registry.servers.delete('demo/weather-archive');
  await page.goto(`${desk.url}/activity?q=archive`);
  await expect(rows(page)).toHaveCount(1);
  const contentsOf = async (format: 'CSV' | 'JSON') => {
    const started = page.waitForEvent('download');
    await page.getByRole('button', { name: `Download ${format}` }).click();
    const download = await started;
    expect(download.suggestedFilename()).toBe(`touchmark-activity.${format.toLowerCase()}`);
    return readFile(await download.path(), 'utf8');
  };
  expect(JSON.parse(await contentsOf('JSON'))).toMatchObject([{ target: 'demo/weather-archive' }]);
  const lines = (await contentsOf('CSV')).split('\r\n');
  expect(lines[0]).toMatch(/^When,Action,What,/);
  expect(lines[1]).toContain(',server.delete,demo/weather-archive,');
  expect(lines).toHaveLength(3);
});

test('a deleted server’s address says who ended it, when, what went with it and until when its name is held', async ({
  signedIn: page,
  desk,
  registry,
}) => {
  await deleteAtTheDesk(page, desk.url, NAME);
  await page.goto(`${desk.url}/servers/${encodeURIComponent(NAME)}`);
  const main = page.getByRole('main');
  await expect(page.getByRole('heading', { level: 1, name: NAME, exact: true })).toBeVisible();
  await expect(main.getByText('Deleted', { exact: true }).first()).toBeVisible();
  const end = page.getByRole('region', { name: 'How it ended' });
  await expect(end).toContainText(/\d+ releases?, 2 secrets/);
  await expect(end).toContainText(/Held for its former owner until /);
  await expect(end).toContainText('Desk');
  await expect(page).toHaveTitle(/demo\/weather · Deleted/);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page)).toEqual([]);
  }
  await page.emulateMedia({ forcedColors: 'active' });
  expect(await violations(page)).toEqual([]);
  for (const width of [320, 375, 768, 1280, 2560]) await showsNoMoreThanTheWindow(page, width);

  // Created anew, its page is the new server's, and what was before is told apart.
  await registry.put(`/servers/${encodeURIComponent(NAME)}`, { body: {} });
  await page.goto(`${desk.url}/servers/${encodeURIComponent(NAME)}`);
  const history = page.getByRole('region', { name: 'History' });
  await expect(history.getByRole('heading', { name: 'An earlier server of this name' })).toBeVisible();
  await expect(history.getByRole('listitem').first()).toContainText('Create server');
  await history.getByRole('link', { name: 'All its activity' }).click();
  await expect(page).toHaveURL(/\/activity\?server=demo%2Fweather$/);
  await expect(rows(page).first()).toContainText(`Create ${NAME}`);

  await page.goto(`${desk.url}/servers/demo%2Fnever`);
  await expect(page.getByRole('heading', { level: 1, name: 'Server not found' })).toBeVisible();
});

test('against a remote registry, Activity and tombstones are what went through this desk, and say so', async ({
  page,
  remote,
  managing: desk,
}) => {
  await startSession(page, desk.url, API_KEY);
  await page.goto(`${desk.url}/activity`);
  await expect(page.getByText(/^Changes made through this desk/)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Nothing is kept here' })).toBeVisible();
  await deleteAtTheDesk(page, desk.url, 'acme/weather');
  remote.script = ({ method }, response) =>
    method === 'DELETE' ? sendJson(response, 403, { error: 'Read-only key' }) : undefined;
  const visitor = createVisitor(desk.url);
  await visitor.signIn({ apiKey: API_KEY });
  await visitor.deleteServer('acme');
  await page.goto(`${desk.url}/activity`);
  await expect(rows(page)).toHaveCount(2);
  await expect(rowOf(page, 'acme/weather')).toContainText('This key');
  await page.getByRole('combobox', { name: 'Outcome' }).selectOption('refused');
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText('Read-only key');
  await page.getByRole('combobox', { name: 'Person' }).selectOption({ label: 'Other keys' });
  await expect(page.getByRole('heading', { name: 'No change matches' })).toBeVisible();

  await page.goto(`${desk.url}/servers/acme%2Fweather`);
  await expect(page.getByRole('heading', { level: 1, name: 'acme/weather', exact: true })).toBeVisible();
  const end = page.getByRole('region', { name: 'How it ended' });
  await expect(end.getByText('Deleted', { exact: true })).toBeVisible();
  await expect(end).toContainText('What went with itnot known');
  await page.goto(`${desk.url}/servers/acme%2Fnever`);
  await expect(page.getByRole('heading', { level: 1, name: 'Server not found' })).toBeVisible();
});

test('Activity can be read and narrowed by the keyboard alone, light, dark and in forced colours, on a phone too', async ({
  signedIn: page,
  desk,
  registry,
}) => {
  await registry.servers.delete(NAME);
  await page.goto(`${desk.url}/activity`);
  await expect(rowOf(page, NAME)).toBeVisible();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Search activity' })).toBeFocused();
  await page.keyboard.type('weather');
  await expect(rows(page)).toHaveCount(1);
  const details = rows(page).getByRole('button', { name: /^Details/ });
  for (let tabs = 0; tabs < 40 && !(await details.evaluate((it) => it === document.activeElement)); tabs++) {
    await page.keyboard.press('Tab');
  }
  await expect(details).toBeFocused();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Only this server' }).press('Enter');
  await expect(page).toHaveURL(/server=demo%2Fweather/);
  await page.getByRole('button', { name: `Not only ${NAME}` }).press('Enter');
  await expect(page).not.toHaveURL(/server=/);
  await page.setViewportSize({ width: 375, height: 700 });
  for (const media of [
    { colorScheme: 'light' },
    { colorScheme: 'dark' },
    { forcedColors: 'active' },
  ] as const) {
    await page.emulateMedia({ ...media, reducedMotion: 'reduce' });
    expect(await violations(page)).toEqual([]);
  }
});
