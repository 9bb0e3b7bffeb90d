import type { Page } from '@playwright/test';
import {
  cancelButton,
  confirmationField,
  deleteButton,
  deleteDialog,
  expect,
  openDeleteDialog,
  serverRow,
  startSession,
  test,
} from './fixtures.ts';
import { API_KEY } from './support/scripted-registry.ts';

const NAME = 'demo/weather';
const ABOUT_SERVER = /\/api\/servers(\/demo%2Fweather(\/|$)|\?qualifiedName=)/;

/** Ten seconds for the page, at once for the test. */
async function tenSeconds(page: Page): Promise<void> {
  await page.clock.runFor(10_000);
}

/** What the page asks of the server from now on. */
function questionsOf(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'GET' && ABOUT_SERVER.test(request.url())) asked.push(request.url());
  });
  return asked;
}

async function show(page: Page, isVisible: boolean): Promise<void> {
  await page.evaluate((visible) => {
    const value = visible ? 'visible' : 'hidden';
    Object.defineProperty(document, 'visibilityState', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isVisible);
}

test.beforeEach(async ({ page }) => {
  await page.clock.install();
});

test('a page whose server is deleted by another program says so within ten seconds, and the list omits it', async ({
  owner,
  registry,
}) => {
  await serverRow(owner, NAME).click();
  await expect(owner.getByRole('button', { name: 'Delete server', exact: true })).toBeVisible();
  await registry.servers.delete(NAME);
  await tenSeconds(owner);
  await expect(owner.getByRole('main')).toContainText(`${NAME} no longer exists`);
  await expect(owner.getByRole('heading', { level: 1 })).toBeFocused();
  await expect(owner.getByRole('button', { name: 'Delete server', exact: true })).toHaveCount(0);
  await owner.getByRole('link', { name: 'Back to servers' }).click();
  await expect(serverRow(owner, 'demo/weather-archive')).toBeVisible();
  await expect(serverRow(owner, NAME)).toHaveCount(0);
});

test('a dialog whose server is deleted by another program gives way to the page that says so', async ({
  signedIn: owner,
  desk,
  registry,
}) => {
  await openDeleteDialog(owner, desk.url, NAME);
  await confirmationField(owner, NAME).fill('demo/wea');
  await registry.servers.delete(NAME);
  await tenSeconds(owner);
  await expect(owner.getByRole('main')).toContainText(`${NAME} no longer exists`);
  await expect(deleteDialog(owner, NAME)).toHaveCount(0);
  await expect(owner.getByRole('heading', { level: 1 })).toBeFocused();
  expect(await owner.evaluate(() => document.body.style.pointerEvents)).toBe('');
});

test('the numbers in an armed dialog follow the registry, and nothing that is typed or focused is disturbed', async ({
  signedIn: owner,
  desk,
  registry,
}) => {
  await openDeleteDialog(owner, desk.url, NAME);
  const dialog = deleteDialog(owner, NAME);
  await expect(dialog).toContainText('2 secrets');
  const field = confirmationField(owner, NAME);
  await field.fill(NAME);
  await field.evaluate((input: HTMLInputElement) => input.setSelectionRange(2, 5));
  await registry.servers.secrets.delete('RADAR_TOKEN', { qualifiedName: NAME });
  await tenSeconds(owner);
  await expect(dialog).toContainText('1 secret');
  await expect(field).toBeFocused();
  await expect(field).toHaveValue(NAME);
  const selection = (input: HTMLInputElement) => [input.selectionStart, input.selectionEnd];
  expect(await field.evaluate(selection)).toEqual([2, 5]);
  await deleteButton(owner).click();
  await expect(owner.getByText(`Deleted ${NAME}`, { exact: true })).toBeVisible();
});

test('a registry that cannot be asked takes nothing away of what is shown', async ({
  signedIn: owner,
  desk,
}) => {
  await openDeleteDialog(owner, desk.url, NAME);
  const dialog = deleteDialog(owner, NAME);
  await confirmationField(owner, NAME).fill(NAME);
  await expect(dialog).toContainText('2 secrets');
  await expect(dialog).toContainText('5 tools');
  const shown = await dialog.innerText();
  await owner.route(ABOUT_SERVER, (route) => route.abort());
  const asked = questionsOf(owner);
  await tenSeconds(owner);
  await tenSeconds(owner);
  await expect.poll(() => asked.length).toBeGreaterThan(5);
  expect(await dialog.innerText()).toBe(shown);
  await expect(deleteButton(owner)).toBeEnabled();
  await cancelButton(owner).click();
  await expect(owner.getByRole('heading', { name: 'Weather', level: 1 })).toBeVisible();
  await expect(owner.getByRole('alert')).toHaveCount(0);
});

test('a page that nobody sees asks for nothing, and notices when it is seen again', async ({
  signedIn: owner,
  desk,
  registry,
}) => {
  await openDeleteDialog(owner, desk.url, NAME);
  await owner.waitForLoadState('networkidle');
  await show(owner, false);
  const asked = questionsOf(owner);
  await registry.servers.delete(NAME);
  for (let times = 0; times < 6; times++) await tenSeconds(owner);
  expect(asked).toEqual([]);
  await show(owner, true);
  await tenSeconds(owner);
  await expect(owner.getByRole('main')).toContainText(`${NAME} no longer exists`);
});

test('while its own delete is under way a page asks for nothing, whatever the registry has', async ({
  signedIn: owner,
  desk,
  registry,
}) => {
  await openDeleteDialog(owner, desk.url, NAME);
  await confirmationField(owner, NAME).fill(NAME);
  await owner.waitForLoadState('networkidle');
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await owner.route(/\/api\/servers\/demo%2Fweather$/, async (route) => {
    if (route.request().method() === 'DELETE') await held;
    await route.continue();
  });
  await deleteButton(owner).click();
  await expect(owner.getByText('Deleting…')).toBeVisible();
  const asked = questionsOf(owner);
  await registry.servers.delete(NAME);
  await tenSeconds(owner);
  expect(asked).toEqual([]);
  await expect(deleteDialog(owner, NAME)).toBeVisible();
  release();
  await expect(owner.getByText(`${NAME} no longer exists`, { exact: false })).toBeVisible();
  await expect(owner).toHaveURL(/\/servers$/);
});

test('a dialog whose server gave its name to another can delete neither', async ({
  page,
  remote,
  managing: desk,
}) => {
  const name = 'acme/weather';
  await startSession(page, desk.url, API_KEY);
  await openDeleteDialog(page, desk.url, name);
  await confirmationField(page, name).fill(name);
  await expect(deleteButton(page)).toBeEnabled();
  remote.servers.set(name, 'id-of-another');
  await tenSeconds(page);
  await expect(deleteDialog(page, name).getByRole('alert')).toContainText('Another server now has the name');
  await expect(deleteButton(page)).toHaveCount(0);
  await deleteDialog(page, name).getByRole('button', { name: 'Close' }).click();
  expect(remote.deletes()).toBe(0);
});

test('what a page asks by itself, with nobody there, keeps no session alive', async ({
  signedIn: owner,
  desk,
}) => {
  await owner.goto(`${desk.url}/servers/demo%2Fweather`);
  await expect(owner.getByRole('button', { name: 'Delete server', exact: true })).toBeVisible();
  await owner.waitForLoadState('networkidle');
  const marks: (string | undefined)[] = [];
  owner.on('request', (request) => {
    if (ABOUT_SERVER.test(request.url())) marks.push(request.headers()['touchmark-unattended']);
  });
  await tenSeconds(owner);
  marks.length = 0;
  await tenSeconds(owner);
  await expect.poll(() => new Set(marks)).toEqual(new Set(['1']));
  // On a busy machine an earlier question may still be under way, and is not asked twice.
  await expect(async () => {
    await owner.keyboard.press('Shift');
    marks.length = 0;
    await tenSeconds(owner);
    await expect.poll(() => marks.includes(undefined), { timeout: 1000 }).toBe(true);
  }).toPass();
});
