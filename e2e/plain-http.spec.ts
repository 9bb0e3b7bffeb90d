import type { Page } from '@playwright/test';
import { chromiumArguments } from './support/browser.ts';
import {
  confirmationField,
  deleteButton,
  deleteDialog,
  expect,
  keyOf,
  search,
  serverRow,
  signIn,
  test as base,
} from './fixtures.ts';

// A name of this machine that no browser takes for secure, as the desk has for everybody else in a network.
const NAME = 'desk.test';
const executablePath = process.env['TOUCHMARK_TEST_CHROMIUM'];

const test = base.extend({
  desk: async ({ deskHost, context }, use) => {
    const desk = await deskHost.startWithSamples(['--allow-host', NAME]);
    await use({ ...desk, url: `http://${NAME}:${desk.port}` });
    await context.close();
    await desk.stop();
  },
});

test.use({
  launchOptions: {
    args: [...chromiumArguments, `--host-resolver-rules=MAP ${NAME} 127.0.0.1`],
    ...(executablePath === undefined ? {} : { executablePath }),
  },
});

/** What was asked for and not answered as it should be. */
function watchRequests(page: Page): string[] {
  const failed: string[] = [];
  page.on('response', (response) => {
    if (response.status() >= 400) failed.push(`${response.status()} ${new URL(response.url()).pathname}`);
  });
  page.on('pageerror', (error) => failed.push(String(error)));
  return failed;
}

test('over http under another name everything works: icons, copying, the delete', async ({
  page,
  desk,
}, testInfo) => {
  const failed = watchRequests(page);
  await signIn(page, desk.url, keyOf(desk));
  expect(await page.evaluate(() => window.isSecureContext)).toBe(false);

  const icons = page.locator('table img');
  await expect
    .poll(async () =>
      icons.evaluateAll((images) => {
        const widths = images.map((image) => (image instanceof HTMLImageElement ? image.naturalWidth : 0));
        return widths.length > 3 && widths.every((width) => width > 0);
      }),
    )
    .toBe(true);
  await page.screenshot({ path: testInfo.outputPath('list-over-http.png') });

  await search(page, 'weather');
  await serverRow(page, 'demo/weather').click();
  await expect(page.getByRole('heading', { name: 'Weather', level: 1 })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Weather', level: 1 })).toBeVisible();
  await page.getByRole('button', { name: /^Copy/ }).first().click();
  await expect(page.getByText('Copied', { exact: true })).toHaveCount(1);
  await page.getByRole('button', { name: 'Delete server', exact: true }).click();
  await confirmationField(page, 'demo/weather').press('ControlOrMeta+v');
  await expect(confirmationField(page, 'demo/weather')).not.toHaveValue('');

  await expect(deleteDialog(page, 'demo/weather').locator('img')).toHaveJSProperty('complete', true);
  await confirmationField(page, 'demo/weather').fill('demo/weather');
  await page.screenshot({ path: testInfo.outputPath('dialog-over-http.png') });
  await deleteButton(page).click();
  await expect(page.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
  await expect(serverRow(page, 'demo/weather')).toHaveCount(0);

  await page.getByRole('link', { name: 'Activity' }).click();
  await expect(page.getByText('demo/weather').first()).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByLabel('API key', { exact: true })).toBeVisible();
  expect(failed.filter((line) => !line.startsWith('401'))).toEqual([]);
});

test('a link to sign in works over http under another name', async ({ page, desk }) => {
  const link = new URL(desk.signInLink ?? '');
  await page.goto(`${desk.url}${link.pathname}${link.hash}`);
  await expect(page.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
});
