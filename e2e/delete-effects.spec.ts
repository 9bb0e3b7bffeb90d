import type { Page } from '@playwright/test';
import {
  confirmationField,
  deleteButton,
  deleteDialog,
  expect,
  misdirectDeletes,
  keyOf,
  openDeleteDialog,
  search,
  serverRow,
  test,
  WAITING,
} from './fixtures.ts';

const NAME = 'demo/weather';
const API_SERVER = /\/api\/servers\/demo%2Fweather(\/|\?|$)/;

async function confirmDelete(page: Page): Promise<void> {
  await confirmationField(page, NAME).fill(NAME);
  await deleteButton(page).click();
}

test('after a delete nothing asks for the deleted server, and nothing turns red', async ({
  signedIn: owner,
  desk,
}) => {
  await openDeleteDialog(owner, desk.url, NAME);
  const after: string[] = [];
  owner.on('response', (response) => {
    if (response.request().method() !== 'DELETE') return;
    owner.on('request', (request) => {
      if (API_SERVER.test(request.url())) after.push(request.url());
    });
  });
  await confirmDelete(owner);
  await expect(owner.getByText(`Deleted ${NAME}`, { exact: true })).toBeVisible();
  await expect(owner.getByRole('heading', { name: 'Servers', level: 1 })).toBeFocused();
  await owner.waitForLoadState('networkidle');
  expect(after).toEqual([]);
  await expect(owner.getByRole('alert')).toHaveCount(0);
});

test('a delete from an address that was opened directly leads to the whole list', async ({
  signedIn: owner,
  desk,
}) => {
  await openDeleteDialog(owner, desk.url, NAME);
  await confirmDelete(owner);
  await expect(owner.getByRole('heading', { name: 'Servers', level: 1 })).toBeFocused();
  await expect(owner).toHaveTitle('Servers · Touchmark');
  const list = owner.getByRole('table', { name: 'Servers', exact: true });
  await expect(list.getByRole('link').first()).toBeVisible();
  await expect(serverRow(owner, NAME)).toHaveCount(0);
  await search(owner, 'weather-archive');
  await expect(serverRow(owner, 'demo/weather-archive')).toBeVisible();
});

test('Back from an armed dialog shows the list where it was left', async ({ owner }) => {
  await owner.setViewportSize({ width: 375, height: 667 });
  // Until all that is still loading is high enough.
  const scrollDown = () =>
    expect
      .poll(() =>
        owner.evaluate(() => {
          window.scrollTo(0, 900);
          return window.scrollY;
        }),
      )
      .toBe(900);
  await scrollDown();
  const name = 'demo/slack-digest';
  await serverRow(owner, name).evaluate((link: HTMLElement) => link.click());
  await owner.getByRole('button', { name: 'Delete server', exact: true }).waitFor();
  await owner.waitForLoadState('networkidle');
  await scrollDown();
  await owner.getByRole('button', { name: 'Delete server', exact: true }).evaluate((button: HTMLElement) => {
    button.focus({ preventScroll: true });
    button.click();
  });
  await confirmationField(owner, name).fill(name);
  await owner.goBack();
  await expect(owner.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
  expect(await owner.evaluate(() => window.scrollY)).toBe(900);
  const isFilled = () =>
    owner.evaluate(() => document.elementFromPoint(180, window.innerHeight - 40)?.closest('tr') !== null);
  await expect.poll(isFilled).toBe(true);
});

test('an owner who walked away while it was deleted is told, and not taken back', async ({
  signedIn: owner,
  desk,
}) => {
  await owner.goto(`${desk.url}/activity`);
  await owner.getByRole('link', { name: 'Servers', exact: true }).click();
  await search(owner, 'weather');
  await serverRow(owner, NAME).click();
  await owner.getByRole('button', { name: 'Delete server', exact: true }).click();
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await owner.route(API_SERVER, async (route) => {
    if (route.request().method() === 'DELETE') await held;
    await route.continue();
  });
  await confirmDelete(owner);
  await expect(owner.getByText('Deleting…')).toBeVisible();
  await owner.goBack();
  await owner.goBack();
  await expect(owner).toHaveURL(/\/activity$/);
  release();
  await expect(owner.getByText(`Deleted ${NAME}`, { exact: true })).toBeVisible();
  await expect(owner).toHaveURL(/\/activity$/);
});

test('a list answer that was under way does not bring the row back', async ({ signedIn: owner, desk }) => {
  await openDeleteDialog(owner, desk.url, NAME);
  // The list as it was before the delete, arriving after it.
  let listAnswered = 0;
  await owner.route(/\/api\/-\/servers\?/, async (route) => {
    const before = await earlierList;
    listAnswered += 1;
    if (listAnswered === 1 && before !== undefined) await route.fulfill({ response: before });
    else await route.continue();
  });
  const earlierList = owner.request
    .get(`${desk.url}/api/-/servers?sort=uses&direction=desc&limit=200`, {
      headers: { 'Touchmark-Client': 'web' },
    })
    .then((response) => (response.ok() ? response : undefined));
  expect(await earlierList).toBeDefined();
  await confirmDelete(owner);
  await expect(owner.getByText(`Deleted ${NAME}`, { exact: true })).toBeVisible();
  await search(owner, 'weather');
  await expect(serverRow(owner, 'demo/weather-archive')).toBeVisible();
  await expect(serverRow(owner, NAME)).toHaveCount(0);
  expect(listAnswered).toBeGreaterThan(0);
});

test('Back after a delete does not show the page that is gone', async ({ owner, desk }) => {
  await search(owner, 'weather');
  await serverRow(owner, NAME).click();
  await owner.getByRole('button', { name: 'Delete server', exact: true }).click();
  await confirmDelete(owner);
  await expect(owner).toHaveURL(`${desk.url}/servers?q=weather`);
  await owner.goBack();
  await expect(owner.getByRole('button', { name: 'Delete server', exact: true })).toHaveCount(0);
  await owner.goto(`${desk.url}/servers/demo%2Fweather`);
  await expect(owner.getByRole('heading', { level: 1, name: NAME, exact: true })).toBeVisible();
  await expect(owner.getByText('Deleted', { exact: true }).first()).toBeVisible();
});

test(
  'a stale page that deletes again is told the truth by the registry’s own words',
  WAITING,
  async ({ signedIn: owner, desk, registry }) => {
    await openDeleteDialog(owner, desk.url, NAME);
    // It hears nothing more of the registry, or it would have noticed by itself.
    const reads = (url: URL): boolean => url.pathname.startsWith('/api/servers');
    await owner.route(reads, async (route) =>
      route.request().method() === 'GET' ? route.abort() : route.continue(),
    );
    await registry.servers.delete(NAME);
    await confirmDelete(owner);
    await owner.unroute(reads);
    await expect(owner.getByText('Server not found', { exact: false })).toBeVisible();
    await expect(owner.getByText(`${NAME} no longer exists`, { exact: false })).toBeVisible();
    await expect(owner).toHaveURL(/\/servers$/);
    await search(owner, 'weather');
    await expect(serverRow(owner, 'demo/weather-archive')).toBeVisible();
    await expect(serverRow(owner, NAME)).toHaveCount(0);
  },
);

test('another tab drops the row, closes its dialog and says so', async ({
  signedIn: owner,
  desk,
  context,
}) => {
  const list = await context.newPage();
  await list.goto(`${desk.url}/servers`);
  await search(list, 'weather');
  await expect(serverRow(list, NAME)).toBeVisible();
  const dialog = await context.newPage();
  await openDeleteDialog(dialog, desk.url, NAME);

  await openDeleteDialog(owner, desk.url, NAME);
  await confirmDelete(owner);
  await expect(owner.getByText(`Deleted ${NAME}`, { exact: true })).toBeVisible();

  await expect(serverRow(list, NAME)).toHaveCount(0);
  await expect(deleteDialog(dialog, NAME)).toHaveCount(0);
  await expect(dialog.getByText(/deleted in another tab/i)).toBeVisible();
});

test('a delete while offline is refused, and nothing is sent when the connection is back', async ({
  signedIn: owner,
  desk,
  registry,
  context,
}) => {
  await openDeleteDialog(owner, desk.url, NAME);
  await confirmationField(owner, NAME).fill(NAME);
  await context.setOffline(true);
  await expect(deleteButton(owner)).toBeDisabled();
  await expect(deleteDialog(owner, NAME)).toContainText(/offline/i);
  await confirmationField(owner, NAME).press('Enter');
  const sent: string[] = [];
  owner.on('request', (request) => {
    if (request.method() === 'DELETE') sent.push(request.url());
  });
  await context.setOffline(false);
  await expect(deleteButton(owner)).toBeEnabled();
  await owner.waitForLoadState('networkidle');
  expect(sent).toEqual([]);
  expect(await registry.servers.get(NAME)).toMatchObject({ qualifiedName: NAME });
});

test('a failure after the delete, in telling other tabs, is not reported as a failure of it', async ({
  signedIn: owner,
  desk,
}) => {
  await owner.addInitScript(() => {
    BroadcastChannel.prototype.postMessage = () => {
      throw new DOMException('planted', 'DataCloneError');
    };
  });
  await openDeleteDialog(owner, desk.url, NAME);
  await confirmDelete(owner);
  await expect(owner.getByText(`Deleted ${NAME}`, { exact: true })).toBeVisible();
  await expect(owner).toHaveURL(/\/servers$/);
  await expect(owner.getByRole('alert')).toHaveCount(0);
});

/** Presses Enter in the very moment in which the question for the key is gone; resolves with whether that did nothing. */
async function pressesOnceClosed(page: Page): Promise<boolean> {
  return page.evaluate(
    async () =>
      new Promise<boolean>((resolve) => {
        const observer = new MutationObserver(() => {
          if (document.querySelector('[role="dialog"]') !== null) return;
          observer.disconnect();
          const press = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true });
          resolve(document.activeElement?.dispatchEvent(press) === false);
        });
        observer.observe(document.body, { childList: true, subtree: true });
      }),
  );
}

for (const order of ['before the delete is confirmed', 'by the delete itself'] as const) {
  test(`the session ending in the midst of it, met ${order}, asks for the key over the page and loses nothing`, async ({
    signedIn: owner,
    desk,
    registry,
  }) => {
    await openDeleteDialog(owner, desk.url, NAME);
    await owner.waitForLoadState('networkidle');
    const sent: string[] = [];
    owner.on('request', (request) => {
      if (request.method() === 'DELETE') sent.push(request.url());
    });
    const isByDelete = order === 'by the delete itself';
    // The page asks by itself every few seconds: here nothing of it arrives before the click, or all does.
    const reads = (url: URL): boolean => url.pathname.startsWith('/api/servers');
    if (isByDelete) {
      await owner.route(reads, (route) =>
        route.request().method() === 'GET' ? undefined : route.continue(),
      );
    }
    await confirmationField(owner, NAME).fill(NAME);
    await owner.context().clearCookies();
    if (isByDelete) await deleteButton(owner).click();
    const again = owner.getByRole('dialog', { name: 'Sign in again', exact: true });
    await expect(again).toBeVisible({ timeout: 20_000 });
    await expect(again.getByLabel('API key', { exact: true })).toBeFocused();
    expect(sent).toHaveLength(isByDelete ? 1 : 0);
    // It never passed the gateway: nothing was deleted.
    expect(await registry.servers.get(NAME)).toMatchObject({ qualifiedName: NAME });
    if (isByDelete) await owner.unroute(reads);
    await owner.keyboard.type(keyOf(desk));
    const isSecondIgnored = pressesOnceClosed(owner);
    await owner.keyboard.press('Enter');
    await expect(again).toHaveCount(0);
    // An impatient second Enter was not meant for the delete below.
    expect(await isSecondIgnored).toBe(true);
    await expect(deleteDialog(owner, NAME)).toBeVisible();
    await expect(confirmationField(owner, NAME)).toHaveValue(NAME);
    await expect(isByDelete ? deleteButton(owner) : confirmationField(owner, NAME)).toBeFocused();
    await owner.waitForLoadState('networkidle');
    // Nothing is sent again by itself.
    expect(sent).toHaveLength(isByDelete ? 1 : 0);
    expect(await registry.servers.get(NAME)).toMatchObject({ qualifiedName: NAME });
    await deleteButton(owner).click();
    await expect(owner.getByText(`Deleted ${NAME}`, { exact: true })).toBeVisible();
    await expect(owner).toHaveURL(/\/servers$/);
  });
}

test('the ledger shows what was done and what was refused', async ({ signedIn: owner, desk }) => {
  await openDeleteDialog(owner, desk.url, NAME);
  await confirmDelete(owner);
  await expect(owner.getByText(`Deleted ${NAME}`, { exact: true })).toBeVisible();
  await openDeleteDialog(owner, desk.url, 'demo/weather-archive');
  await misdirectDeletes(owner, 'studio/calendar');
  await confirmationField(owner, 'demo/weather-archive').fill('demo/weather-archive');
  await deleteButton(owner).click();
  const dialog = deleteDialog(owner, 'demo/weather-archive');
  await expect(dialog.getByRole('alert')).toBeVisible();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await owner.getByRole('link', { name: 'Activity', exact: true }).click();
  await expect(owner.getByRole('heading', { name: 'Activity', level: 1 })).toBeVisible();
  await expect(owner.getByText(NAME, { exact: true })).toBeVisible();
  await expect(owner.getByText('studio/calendar', { exact: true })).toBeVisible();
  await expect(owner.getByText('Deleted', { exact: true })).toBeVisible();
});
