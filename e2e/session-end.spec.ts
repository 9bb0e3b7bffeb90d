import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import {
  confirmationField,
  deleteDialog,
  expect,
  isDrawn,
  keyOf,
  letPressesCount,
  openDeleteDialog,
  search,
  serverRow,
  startSession,
  test,
} from './fixtures.ts';
import type { HostedDesk } from './support/desk-host.ts';
import { runCommand } from './support/run-command.ts';
import { API_KEY, sendJson } from './support/scripted-registry.ts';

const NAME = 'demo/weather';
const MINUTE = 60_000;

const again = (page: Page) => page.getByRole('dialog', { name: 'Sign in again', exact: true });
const keyField = (page: Page) => page.getByLabel('API key', { exact: true });

/** The session ends, and the page notices. */
async function endSession(page: Page): Promise<void> {
  await page.context().clearCookies();
  // As coming back to the window does.
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
}

test('a wrong key is refused in the dialog, which keeps it, and Escape does not lose the page', async ({
  owner,
  desk,
}) => {
  await search(owner, 'weather');
  await expect(serverRow(owner, NAME)).toBeVisible();
  await owner.context().clearCookies();
  // Whatever of it has met the end before.
  await serverRow(owner, NAME).evaluate((link: HTMLElement) => link.click());
  await expect(again(owner)).toBeVisible();
  await owner.keyboard.press('Enter');
  await expect(again(owner).getByRole('alert')).toHaveText('Paste your API key.');
  await owner.keyboard.type('tm_wrong');
  await owner.keyboard.press('Enter');
  await expect(again(owner).getByRole('alert')).toContainText('The registry does not accept this API key');
  await expect(keyField(owner)).toHaveValue('tm_wrong');
  await owner.keyboard.press('Escape');
  await expect(again(owner)).toBeVisible();
  // The wrong one is selected: what is typed takes its place.
  await expect(keyField(owner)).toBeFocused();
  await owner.keyboard.type(keyOf(desk));
  await owner.keyboard.press('Enter');
  await expect(again(owner)).toHaveCount(0);
  // What the page could not read, it reads now.
  await expect(owner.getByRole('heading', { name: 'Weather', level: 1 })).toBeVisible();
  await expect(owner.getByRole('button', { name: 'Delete server', exact: true })).toBeEnabled();
  await expect(owner.getByRole('alert')).toHaveCount(0);
});

test('over the delete dialog, on a phone and in the dark: no violation, nothing hidden, nothing reached below', async ({
  signedIn: owner,
  desk,
}) => {
  await owner.setViewportSize({ width: 375, height: 667 });
  await openDeleteDialog(owner, desk.url, NAME);
  await confirmationField(owner, NAME).fill('demo/wea');
  await endSession(owner);
  await expect(again(owner)).toBeVisible({ timeout: 20_000 });
  for (const media of [
    { colorScheme: 'light' },
    { colorScheme: 'dark' },
    { forcedColors: 'active' },
  ] as const) {
    await owner.emulateMedia({ reducedMotion: 'reduce', ...media });
    const { violations } = await new AxeBuilder({ page: owner }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual(
      [],
    );
  }
  const inside = () =>
    owner.evaluate(() =>
      document.activeElement?.closest('[role=dialog]')?.textContent?.includes('Sign in again'),
    );
  for (let i = 0; i < 6; i++) {
    await owner.keyboard.press('Tab');
    expect(await inside()).toBe(true);
  }
  await expect(owner.getByRole('button', { name: 'Sign in', exact: true })).toBeInViewport();
  await keyField(owner).fill(keyOf(desk));
  await keyField(owner).press('Enter');
  await expect(again(owner)).toHaveCount(0);
  await expect(confirmationField(owner, NAME)).toBeFocused();
  await owner.keyboard.type('ther');
  await expect(confirmationField(owner, NAME)).toHaveValue(NAME);
});

test('another account that signs in there sees nothing of the former one, and is told', async ({
  signedIn: owner,
  desk,
}) => {
  const place = ['--data', desk.dataFolder];
  await runCommand(['user', 'add', 'mallory', ...place]);
  const { stdout } = await runCommand(['key', 'create', 'mallory', '--json', ...place]);
  const key = /tm_\w+/.exec(stdout)?.[0] ?? '';
  await openDeleteDialog(owner, desk.url, NAME);
  await confirmationField(owner, NAME).fill(NAME);
  await endSession(owner);
  await expect(again(owner)).toBeVisible({ timeout: 20_000 });
  await keyField(owner).fill(key);
  await keyField(owner).press('Enter');
  await expect(owner.getByText('You are signed in with another account now')).toBeVisible();
  await expect(deleteDialog(owner, NAME)).toHaveCount(0);
  await expect(owner.getByRole('banner')).toContainText('as mallory');
  await expect(owner.getByText('326 calls')).toHaveCount(0);
});

test('a tab goes on once another one has signed in, and is left when another one signs out', async ({
  owner,
  desk,
  context,
}) => {
  await owner.goto(`${desk.url}/activity`);
  await owner.getByRole('link', { name: 'Servers', exact: true }).click();
  await search(owner, 'weath');
  const other = await context.newPage();
  await other.goto(`${desk.url}/servers`);
  await isDrawn(other);
  await context.clearCookies();
  for (const tab of [owner, other]) {
    // Whatever of it has met the end before.
    await tab.locator('nav a[href="/activity"]').evaluate((link: HTMLElement) => link.click());
    await expect(again(tab)).toBeVisible();
  }
  await keyField(other).fill(keyOf(desk));
  await keyField(other).press('Enter');
  for (const tab of [owner, other]) {
    await expect(again(tab)).toHaveCount(0);
    await expect(tab.getByRole('heading', { name: 'Activity', level: 1 })).toBeVisible();
    await expect(tab.getByRole('alert')).toHaveCount(0);
  }
  await letPressesCount(other);
  await other.getByRole('button', { name: 'Sign out' }).click();
  for (const tab of [owner, other]) {
    await expect(tab.getByRole('heading', { name: 'Sign in to Touchmark' })).toBeVisible();
    await expect(keyField(tab)).toBeFocused();
  }
  expect(await context.cookies()).toEqual([]);
});

test('another tab that signs in with another account takes the page of the former one away', async ({
  owner,
  desk,
  context,
}) => {
  const place = ['--data', desk.dataFolder];
  await runCommand(['user', 'add', 'mallory', ...place]);
  const { stdout } = await runCommand(['key', 'create', 'mallory', '--json', ...place]);
  await search(owner, 'weather');
  await expect(serverRow(owner, NAME)).toBeVisible();
  // No news from the other tab: the next answer shows whose it is.
  const other = await context.newPage();
  await startSession(other, desk.url, /tm_\w+/.exec(stdout)?.[0] ?? '');
  await owner.getByRole('link', { name: 'Activity', exact: true }).click();
  await expect(owner.getByText('You are signed in with another account now')).toBeVisible();
  await expect(owner.getByRole('banner')).toContainText('as mallory');
});

test('who came by a link is told how to get another, and goes on once it was opened', async ({
  page,
  context,
  desk,
}) => {
  await page.goto(desk.signInLink ?? '');
  await expect(page.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
  await page.getByRole('button', { name: 'Account', exact: true }).click();
  await expect(page.getByText('Made by a sign-in link for this session')).toBeVisible();
  await page.keyboard.press('Escape');
  await context.clearCookies();
  // Whatever of it has met the end before.
  await page.locator('nav a[href="/activity"]').evaluate((link: HTMLElement) => link.click());
  await expect(again(page)).toContainText('touchmark sign-in-link');
  const { stdout } = await runCommand(['sign-in-link', '--data', desk.dataFolder]);
  const other = await context.newPage();
  await other.goto(/http\S+/.exec(stdout)?.[0] ?? '');
  await expect(other.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
  // The same user with another key: the page goes on.
  await expect(again(page)).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Activity', level: 1 })).toBeVisible();
});

/** Signs in to a page whose clock the test moves, and whose own questions get no answer from then on. */
async function openQuietPage(page: Page, desk: HostedDesk): Promise<void> {
  await startSession(page, desk.url, keyOf(desk));
  await page.clock.install();
  await page.goto(`${desk.url}/activity`);
  await isDrawn(page);
  await page.waitForLoadState('networkidle');
  // The gateway's clock stands where it is: what it answered would put the end off on the page's.
  await page.route(/\/api\/-\/activity(\?|$)/, () => {});
}

test('two minutes before an idle session ends a notice says so, and a click puts the end off', async ({
  page,
  desk,
}) => {
  await openQuietPage(page, desk);
  await page.clock.fastForward(27 * MINUTE);
  const stay = page.getByRole('button', { name: 'Stay signed in', exact: true });
  await expect(stay).toHaveCount(0);
  const announced = page.getByRole('status').filter({ hasText: 'You will be signed out within 2 minutes' });
  await page.clock.fastForward(MINUTE + 1000);
  await expect(announced).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  const asked = page.waitForRequest((request) => request.url().endsWith('/api/-/session'));
  await stay.click();
  // Somebody is there.
  expect((await asked).headers()['touchmark-unattended']).toBeUndefined();
  await expect(stay).toHaveCount(0);
  await page.clock.fastForward(27 * MINUTE);
  await expect(announced).toHaveCount(0);
});

test('whoever types for half an hour, with no request in between, is not signed out', async ({
  page,
  desk,
}) => {
  await openQuietPage(page, desk);
  for (let i = 0; i < 4; i++) {
    await page.clock.fastForward(10 * MINUTE);
    const asked = page.waitForRequest((request) => request.url().endsWith('/api/-/session'));
    await page.keyboard.press('Shift');
    expect((await asked).headers()['touchmark-unattended']).toBeUndefined();
    await (await asked).response();
    await expect(page.getByRole('button', { name: 'Stay signed in', exact: true })).toHaveCount(0);
  }
});

test('two minutes before the longest time a session may last, one may sign in again at once, or later', async ({
  page,
  desk,
}) => {
  await startSession(page, desk.url, keyOf(desk));
  await page.route('**/api/**', async (route) => {
    const response = await route.fetch();
    const told = (response.headers()['touchmark-session'] ?? '').replace(/end=\d+/, 'end=100');
    await route.fulfill({ response, headers: { ...response.headers(), 'touchmark-session': told } });
  });
  await page.goto(`${desk.url}/servers`);
  await expect(
    page.getByRole('status').filter({ hasText: 'Your session ends within 2 minutes' }),
  ).toBeVisible();
  const open = page.getByRole('button', { name: 'Sign in again', exact: true });
  await open.click();
  await expect(keyField(page)).toBeFocused();
  await page.getByRole('button', { name: 'Not now', exact: true }).click();
  await expect(again(page)).toHaveCount(0);
  await letPressesCount(page);
  await open.click();
  await page.unroute('**/api/**');
  await keyField(page).fill(keyOf(desk));
  await keyField(page).press('Enter');
  await expect(again(page)).toHaveCount(0);
  await expect(open).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
});

test('at its very end the key is asked for with nobody there, and what was typed stays', async ({
  page,
  desk,
}) => {
  await startSession(page, desk.url, keyOf(desk));
  await page.clock.install();
  await page.route('**/api/**', async (route) => {
    const response = await route.fetch();
    const told = response.headers()['touchmark-session']?.replace(/end=\d+/, 'end=100');
    const headers = { ...response.headers(), ...(told === undefined ? {} : { 'touchmark-session': told }) };
    await route.fulfill({ response, headers });
  });
  await openDeleteDialog(page, desk.url, NAME);
  await confirmationField(page, NAME).fill('demo/wea');
  const announced = page.getByRole('status').filter({ hasText: 'Your session ends within 2 minutes' });
  await expect(announced).toBeVisible();
  // From now on it is the page's clock alone that tells it: nothing else that it asks is answered.
  const others = ({ pathname }: URL) => pathname.startsWith('/api/') && pathname !== '/api/-/session';
  await page.route(others, () => {});
  await page.context().clearCookies();
  await expect(async () => {
    // Again where an answer that was still under way has put the end off.
    await page.clock.fastForward(101_000);
    await expect(again(page)).toBeVisible({ timeout: 2000 });
  }).toPass();
  await expect(announced).toHaveCount(0);
  await expect(keyField(page)).toBeFocused();
  await page.unroute(others);
  await page.keyboard.type(keyOf(desk));
  await page.keyboard.press('Enter');
  await expect(again(page)).toHaveCount(0);
  await expect(confirmationField(page, NAME)).toBeFocused();
  await expect(confirmationField(page, NAME)).toHaveValue('demo/wea');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});

test('a key that is revoked with nobody there: the list asks for another and stays as it is', async ({
  page,
  desk,
}) => {
  const place = ['--data', desk.dataFolder];
  const newKey = async () => {
    const { stdout } = await runCommand(['key', 'create', 'owner', '--json', ...place]);
    return JSON.parse(stdout) as { key: string; id: string };
  };
  const [first, second] = [await newKey(), await newKey()];
  await startSession(page, desk.url, first.key);
  await page.clock.install();
  await page.goto(`${desk.url}/servers`);
  await search(page, 'weather');
  await page.getByRole('checkbox', { name: `Select ${NAME}`, exact: true }).check();
  await runCommand(['key', 'revoke', first.id, ...place]);
  await page.clock.runFor(15_000);
  await expect(again(page)).toBeVisible();
  await expect(keyField(page)).toBeFocused();
  // The one that is gone is not taken.
  await page.keyboard.type(first.key);
  await page.keyboard.press('Enter');
  await expect(again(page).getByRole('alert')).toContainText('does not accept this API key');
  await page.keyboard.type(second.key);
  await page.keyboard.press('Enter');
  await expect(again(page)).toHaveCount(0);
  await expect(page).toHaveURL(/\?q=weather$/);
  await expect(page.getByRole('region', { name: 'Selection' })).toContainText('1 selected');
  await expect(serverRow(page, NAME)).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('a registry elsewhere that takes the key back: the page says why, and a new key of the same owner goes on', async ({
  page,
  context,
  remote,
  managing,
}) => {
  await startSession(page, managing.url, API_KEY);
  await openDeleteDialog(page, managing.url, 'acme/weather');
  await confirmationField(page, 'acme/weather').fill('acme/wea');
  remote.owners.delete(API_KEY);
  await expect(again(page)).toContainText('The registry no longer accepts your key', { timeout: 20_000 });
  await expect(again(page)).toContainText('as an owner of acme');
  remote.owners.set('smry_rotated', ['acme']);
  await keyField(page).fill('smry_rotated');
  await keyField(page).press('Enter');
  await expect(again(page)).toHaveCount(0);
  await expect(confirmationField(page, 'acme/weather')).toHaveValue('acme/wea');

  // One whose namespaces are others is another owner.
  remote.owners.delete('smry_rotated');
  remote.owners.set('smry_stranger', ['other']);
  await expect(again(page)).toBeVisible({ timeout: 20_000 });
  await letPressesCount(page);
  await keyField(page).fill('smry_stranger');
  await keyField(page).press('Enter');
  await expect(page.getByText('You are signed in with another account now')).toBeVisible();
  await expect(page.getByRole('banner')).toContainText('as an owner of other');
  // While the registry is away, nobody is signed in and the page stays as it is.
  remote.script = (_request, response) => sendJson(response, 503, { error: 'Down' });
  await context.clearCookies();
  await page.locator('nav a[href="/activity"]').evaluate((link: HTMLElement) => link.click());
  await keyField(page).fill('smry_stranger');
  await keyField(page).press('Enter');
  await expect(again(page).getByRole('alert')).toContainText('You are not signed in');
  await expect(keyField(page)).toHaveValue('smry_stranger');
});

test('signing out of a session that has ended already is signing out', async ({ owner, context }) => {
  await context.clearCookies();
  await owner
    .getByRole('button', { name: 'Sign out', exact: true })
    .evaluate((button: HTMLElement) => button.click());
  await expect(owner.getByRole('heading', { name: 'Sign in to Touchmark' })).toBeVisible();
  await expect(owner.getByText('You are still signed in')).toHaveCount(0);
});
