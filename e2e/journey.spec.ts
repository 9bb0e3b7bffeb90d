import {
  confirmationField,
  deleteButton,
  deleteDialog,
  expect,
  keyOf,
  registryOf,
  search,
  serverRow,
  signIn,
  test,
} from './fixtures.ts';
import { startDesk } from './support/desk.ts';
import type { Page } from '@playwright/test';

async function findOpenAndDelete(page: Page, qualifiedName: string): Promise<void> {
  await search(page, 'weather');
  await serverRow(page, qualifiedName).click();
  await expect(page).toHaveURL(/\/servers\/demo%2Fweather$/);
  await page.getByRole('button', { name: 'Delete server', exact: true }).click();
  await expect(deleteDialog(page, qualifiedName)).toBeVisible();
  await expect(deleteButton(page)).toBeDisabled();
  await confirmationField(page, qualifiedName).fill(qualifiedName);
  await deleteButton(page).click();
  await expect(page.getByText(`Deleted ${qualifiedName}`, { exact: true })).toBeVisible();
  // The list as it was left, and the row that is now where the deleted one was.
  await expect(page).toHaveURL(/\/servers\?q=weather$/);
  await expect(serverRow(page, 'demo/weather-archive')).toBeFocused();
  await search(page, 'weather');
  await expect(serverRow(page, 'demo/weather-archive')).toBeVisible();
  await expect(serverRow(page, qualifiedName)).toHaveCount(0);
}

test('an owner signs in by the printed link, finds a server, deletes it, and it is gone', async ({
  page,
  desk,
  registry,
}) => {
  await page.goto(desk.signInLink ?? '');
  await expect(page.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
  // A code in the address would end in the browser's history.
  expect(page.url()).not.toContain('code');
  await findOpenAndDelete(page, 'demo/weather');
  await expect(registry.servers.get('demo/weather')).rejects.toMatchObject({ status: 404 });
  expect(await registry.servers.get('demo/weather-archive')).toMatchObject({
    qualifiedName: 'demo/weather-archive',
  });
  expect(await registry.servers.get('demo')).toMatchObject({ qualifiedName: 'demo' });
});

test('the same journey works on a registry elsewhere, over HTTP', async ({ page, desk }) => {
  const remote = await startDesk({ args: ['--registry', desk.registryUrl] });
  try {
    await signIn(page, remote.url, keyOf(desk));
    await findOpenAndDelete(page, 'demo/weather');
    await expect(registryOf(desk).servers.get('demo/weather')).rejects.toMatchObject({ status: 404 });
  } finally {
    await remote.stop();
  }
});

test('a sign-in link works once', async ({ browser, page, desk }) => {
  await page.goto(desk.signInLink ?? '');
  await expect(page.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
  const stranger = await browser.newPage();
  await stranger.goto(desk.signInLink ?? '');
  await expect(stranger.getByRole('alert')).toBeVisible();
  await expect(stranger.getByLabel('API key', { exact: true })).toBeVisible();
  await stranger.close();
});

test('a wrong key is refused in words, and stays in its field', async ({ page, desk }) => {
  await page.goto(`${desk.url}/sign-in`);
  await page.getByLabel('API key', { exact: true }).fill('tm_wrong');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText(/key/i);
  await expect(page.getByLabel('API key', { exact: true })).toHaveValue('tm_wrong');
});

test('a page asked for while signed out is reached after signing in', async ({ page, desk }) => {
  await page.goto(`${desk.url}/servers/demo%2Fweather`);
  await page.getByLabel('API key', { exact: true }).fill(keyOf(desk));
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(/\/servers\/demo%2Fweather$/);
  await expect(page.getByRole('button', { name: 'Delete server', exact: true })).toBeVisible();
});

test('signing out ends the session for every page of this browser', async ({ owner, desk }) => {
  await owner.getByRole('button', { name: 'Sign out' }).click();
  await expect(owner.getByLabel('API key', { exact: true })).toBeVisible();
  await owner.goto(`${desk.url}/activity`);
  await expect(owner.getByLabel('API key', { exact: true })).toBeVisible();
});

for (const { name, why } of [
  { name: 'demo/mail-merge', why: 'Registry error' },
  { name: 'demo/translation-desk', why: 'Sign-in timed out' },
]) {
  test(`a release that ended by “${why}” is a failure in the list, and its page says which`, async ({
    owner,
  }) => {
    await search(owner, name);
    await expect(serverRow(owner, name)).toContainText('failed');
    await serverRow(owner, name).click();
    const panel = owner.getByRole('region', { name: 'Latest release' });
    await expect(panel.getByText(why)).toBeVisible();
    await expect(panel.getByText('Still live')).toBeVisible();
  });
}
