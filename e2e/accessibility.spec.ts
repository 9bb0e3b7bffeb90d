import { AxeBuilder } from '@axe-core/playwright';
import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import type { Page } from '@playwright/test';
import { createTestClient } from './support/oauth-client.ts';
import {
  confirmationField,
  deleteButton,
  deleteDialog,
  expect,
  misdirectDeletes,
  openDeleteDialog,
  search,
  test,
} from './fixtures.ts';

interface View {
  name: string;
  /** Brings the page, signed in and on the list, to this view. */
  show: (page: Page, url: string) => Promise<void>;
}

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, level: 1 });

const REDIRECT = 'http://127.0.0.1:47999/callback';

async function askForAccess(serverUrl: string): Promise<string> {
  const client = createTestClient({ client_name: 'Kitchen assistant', redirect_uris: [REDIRECT] });
  await auth(client, { serverUrl });
  return String(client.sentTo);
}

async function connectClient(page: Page, url: string): Promise<void> {
  await page.route(`${REDIRECT}?*`, (route) => route.fulfill({ body: 'Back at the client' }));
  await page.goto(await askForAccess(`${url}/registry/mcp/demo%2Fweather`));
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await expect(page.getByText('Back at the client')).toBeVisible();
}

const views: View[] = [
  {
    name: 'the list',
    show: async (page) => {
      await expect(page.getByRole('link', { name: /demo\/weather/ }).first()).toBeVisible();
    },
  },
  {
    name: 'a search without a match',
    show: async (page) => {
      await search(page, 'zzzzzz');
      await expect(page.getByText(/no servers? match/i)).toBeVisible();
    },
  },
  {
    name: 'a server page',
    show: async (page, url) => {
      await page.goto(`${url}/servers/demo%2Fweather`);
      await expect(page.getByRole('button', { name: 'Delete server', exact: true })).toBeVisible();
    },
  },
  {
    name: 'the page of a server whose release failed, with its log',
    show: async (page, url) => {
      await page.goto(`${url}/servers/demo%2Fslack-digest`);
      await page.getByText('See the log').click();
      await expect(page.getByRole('list', { name: 'Log of the release' })).toBeVisible();
    },
  },
  {
    name: 'the page of a server that was never released',
    show: async (page, url) => {
      await page.goto(`${url}/servers/demo%2Fstandup-notes`);
      await expect(page.getByText('Not released yet')).toBeVisible();
    },
  },
  {
    name: 'the page of a server of somebody else, with an exact time open',
    show: async (page, url) => {
      await page.goto(`${url}/servers/studio%2Fcalendar`);
      await page.getByRole('button', { name: /ago$/ }).focus();
      await expect(page.getByRole('tooltip')).toBeVisible();
    },
  },
  {
    name: 'the page of a server that is not there',
    show: async (page, url) => {
      await page.goto(`${url}/servers/demo%2Fnone`);
      await expect(page.getByText(/no server named/i)).toBeVisible();
    },
  },
  {
    name: 'the delete dialog',
    show: async (page, url) => {
      await openDeleteDialog(page, url, 'demo/weather');
      await expect(deleteDialog(page, 'demo/weather')).toContainText(/\d+ tools?/);
    },
  },
  {
    name: 'the delete dialog with a wrong name',
    show: async (page, url) => {
      await openDeleteDialog(page, url, 'demo/weather');
      await confirmationField(page, 'demo/weather').fill('Demo/weather');
      await confirmationField(page, 'demo/weather').press('Enter');
    },
  },
  {
    name: 'the delete dialog after a refusal',
    show: async (page, url) => {
      await openDeleteDialog(page, url, 'demo/weather');
      await misdirectDeletes(page, 'studio/calendar');
      await confirmationField(page, 'demo/weather').fill('demo/weather');
      await deleteButton(page).click();
      await expect(deleteDialog(page, 'demo/weather').getByRole('alert')).toBeVisible();
    },
  },
  {
    name: 'the activity without an operation',
    show: async (page, url) => {
      await page.goto(`${url}/activity`);
      await expect(heading(page, 'Activity')).toBeVisible();
    },
  },
  {
    name: 'the connected clients, none yet',
    show: async (page, url) => {
      await page.goto(`${url}/clients`);
      await expect(page.getByText('No client is connected')).toBeVisible();
    },
  },
  {
    name: 'the connected clients',
    show: async (page, url) => {
      await connectClient(page, url);
      await page.goto(`${url}/clients`);
      await expect(page.getByText('Kitchen assistant').first()).toBeVisible();
    },
  },
  {
    name: 'the dialog that ends the access of a client',
    show: async (page, url) => {
      await connectClient(page, url);
      await page.goto(`${url}/clients`);
      await page.getByRole('button', { name: 'End access' }).click();
      await expect(page.getByRole('alertdialog')).toBeVisible();
    },
  },
  {
    name: 'a client that asks for access to a server',
    show: async (page, url) => {
      await page.goto(await askForAccess(`${url}/registry/mcp/demo%2Fweather`));
      await expect(heading(page, /^Allow Kitchen assistant/)).toBeVisible();
    },
  },
  {
    name: 'a client that asks for access, with nothing picked',
    show: async (page, url) => {
      await page.goto(await askForAccess(`${url}/registry/mcp`));
      await page.getByRole('button', { name: 'Allow', exact: true }).click();
      await expect(page.getByRole('alert')).toBeVisible();
    },
  },
  {
    name: 'a request for access that cannot be answered',
    show: async (page, url) => {
      await page.goto(`${url}/connect/authorize?request=never`);
      await expect(heading(page, /cannot be answered/)).toBeVisible();
    },
  },
  {
    name: 'the list after a delete',
    show: async (page, url) => {
      await openDeleteDialog(page, url, 'demo/weather');
      await confirmationField(page, 'demo/weather').fill('demo/weather');
      await deleteButton(page).click();
      await expect(page.getByText('Deleted demo/weather', { exact: true })).toBeVisible();
    },
  },
  {
    name: 'what is left of a deleted server',
    show: async (page, url) => {
      await openDeleteDialog(page, url, 'demo/weather');
      await confirmationField(page, 'demo/weather').fill('demo/weather');
      await deleteButton(page).click();
      await expect(page.getByText('Deleted demo/weather', { exact: true })).toBeVisible();
      await page.goto(`${url}/servers/demo%2Fweather`);
      // Until it is known that the server is gone, its page has a heading of the same words.
      await expect(page.getByRole('region', { name: 'How it ended' })).toBeVisible();
    },
  },
  {
    name: 'the list with servers selected and the account menu open',
    show: async (page) => {
      await page.getByRole('checkbox', { name: 'Select demo/weather', exact: true }).check();
      await expect(page.getByRole('region', { name: 'Selection' })).toBeVisible();
      await page.getByRole('button', { name: 'Account', exact: true }).click();
      await expect(page.getByRole('dialog', { name: 'Your account' })).toBeVisible();
    },
  },
  {
    name: 'the list in which one needs attention',
    show: async (page) => {
      await page.getByRole('button', { name: /^Needs attention/ }).click();
      await expect(page).toHaveURL(/filter=attention/);
    },
  },
  {
    name: 'a page that is not there',
    show: async (page, url) => {
      await page.goto(`${url}/nowhere`);
      await expect(heading(page, /./)).toBeVisible();
    },
  },
  {
    name: 'the sign-in page',
    show: async (page) => {
      await page.getByRole('button', { name: 'Sign out' }).click();
      await expect(page.getByLabel('API key', { exact: true })).toBeVisible();
    },
  },
  {
    name: 'the sign-in page with an error',
    show: async (page) => {
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('API key', { exact: true }).fill('tm_wrong');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await expect(page.getByRole('alert')).toBeVisible();
    },
  },
];

for (const { name, show } of views) {
  test(`${name}: no accessibility or policy violation, light, dark and in forced colours, and no sideways scrolling at any width`, async ({
    owner,
    desk,
  }) => {
    const violations: string[] = [];
    owner.on('console', (message) => {
      if (/content security policy|trusted type/i.test(message.text())) violations.push(message.text());
    });
    owner.on('pageerror', (error) => violations.push(String(error)));
    await show(owner, desk.url);
    for (const media of [
      { colorScheme: 'light' },
      { colorScheme: 'dark' },
      { forcedColors: 'active' },
    ] as const) {
      await owner.emulateMedia({ ...media, reducedMotion: 'reduce' });
      const { violations: found } = await new AxeBuilder({ page: owner }).analyze();
      const summary = found.map(
        ({ id, nodes }) => `${JSON.stringify(media)} ${id}: ${nodes.map((node) => node.html).join(' | ')}`,
      );
      expect(summary).toEqual([]);
    }
    for (const width of [320, 375, 768, 1280, 2560]) {
      await owner.setViewportSize({ width, height: 800 });
      expect(await owner.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
    expect(violations).toEqual([]);
  });
}

test('the theme follows the system until one is chosen, and keeps the choice', async ({ owner }) => {
  const background = () => owner.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await owner.emulateMedia({ colorScheme: 'light' });
  const light = await background();
  await owner.emulateMedia({ colorScheme: 'dark' });
  const dark = await background();
  expect(dark).not.toBe(light);
  await owner.getByRole('button', { name: /theme/i }).first().click();
  const choice = owner
    .getByRole('menuitemradio', { name: /light/i })
    .or(owner.getByRole('radio', { name: /light/i }));
  if ((await choice.count()) > 0) await choice.first().click();
  await expect.poll(background).toBe(light);
  await owner.reload();
  await expect.poll(background).toBe(light);
});
