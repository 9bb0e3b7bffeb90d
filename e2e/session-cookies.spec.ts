import type { BrowserContext, Page } from '@playwright/test';
import { gatewayPaths } from '#contract/api-paths.ts';
import { expect, keyOf, openDeleteDialog, search, serverRow, test } from './fixtures.ts';

/** Lets this browser keep no cookie with these names, as one that refuses them: answers are as they were sent. */
async function refuseCookies(page: Page, context: BrowserContext, name: RegExp): Promise<void> {
  await page.route(`**${gatewayPaths.session()}**`, async (route) => {
    const response = await route.fetch();
    await context.clearCookies({ name });
    const { 'set-cookie': refused, ...headers } = response.headers();
    await route.fulfill({ response, headers: name.test(refused ?? '') ? headers : response.headers() });
  });
}

test('a browser that keeps no secure cookie over http signs in by the link, and stays signed in', async ({
  page,
  context,
  desk,
}) => {
  await refuseCookies(page, context, /^__Host-/);
  await page.goto(desk.signInLink ?? '');
  await expect(page.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
  const cookies = await context.cookies();
  expect(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([
    { name: `touchmark-${desk.port}`, httpOnly: true, sameSite: 'Strict' },
  ]);

  await page.reload();
  await search(page, 'weather');
  await expect(serverRow(page, 'demo/weather')).toBeVisible();
  await openDeleteDialog(page, desk.url, 'demo/weather');
  const icon = page.locator('main img[src^="data:image/"]').first();
  await expect(icon).toHaveJSProperty('complete', true);
  expect(await icon.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);

  const second = await context.newPage();
  await second.goto(`${desk.url}/servers`);
  await expect(second.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
  await second.getByRole('button', { name: 'Sign out' }).click();
  await expect(second.getByLabel('API key', { exact: true })).toBeVisible();
  expect(await context.cookies()).toEqual([]);
  expect(await second.evaluate(() => Object.keys(localStorage))).toEqual([]);
});

test('a browser that keeps no cookie at all is told so, by link and by key', async ({
  page,
  context,
  desk,
}) => {
  await refuseCookies(page, context, /touchmark/);
  await page.goto(desk.signInLink ?? '');
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('This browser kept no cookie of this address');
  await expect(page.getByText('Your session ended')).toHaveCount(0);

  await page.getByLabel('API key', { exact: true }).fill(keyOf(desk));
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(alert).toContainText('You are not signed in');
  await expect(alert).toContainText('Allow cookies for it');
  await expect(page.getByLabel('API key', { exact: true })).toHaveValue(keyOf(desk));
});

test('a browser that blocks all that a site could keep shows the page, and says so', async ({
  page,
  context,
  desk,
}) => {
  await refuseCookies(page, context, /touchmark/);
  // As Firefox does where cookies are blocked.
  await page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    };
    for (const name of ['localStorage', 'sessionStorage', 'BroadcastChannel', 'indexedDB']) {
      const blocked = { get: name === 'BroadcastChannel' ? () => refuse : refuse };
      Object.defineProperty(window, name, blocked);
    }
  });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(desk.signInLink ?? '');
  await expect(page.getByRole('alert')).toContainText('This browser kept no cookie of this address');
  expect(errors).toEqual([]);
});

test('a browser that keeps the secure cookie never gets a plain one', async ({ page, context, desk }) => {
  await page.goto(desk.signInLink ?? '');
  await expect(page.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
  expect((await context.cookies()).map(({ name, secure }) => ({ name, secure }))).toEqual([
    { name: `__Host-Http-touchmark-${desk.port}`, secure: true },
  ]);
});
