import type { Locator, Page } from '@playwright/test';
import { deleteDialog, expect, isDrawn, serverRow, test } from './fixtures.ts';

const NAME = 'demo/weather';

/** Presses Tab, or another key, until this has the focus: as whoever has no pointer gets there. */
async function reach(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  await expect(target).toBeVisible();
  for (let presses = 0; presses < 90; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  await expect(target).toBeFocused();
}

/** Gets there and presses a key on it. */
async function use(page: Page, target: Locator, key: 'Enter' | 'Space' = 'Enter'): Promise<void> {
  await reach(page, target);
  await page.keyboard.press(key);
}

/** The focus is on something: who reads by ear would begin at the top of the page otherwise. */
async function expectFocus(page: Page): Promise<void> {
  await expect(page.locator('*:focus')).toHaveCount(1);
}

const selection = (page: Page) => page.getByRole('region', { name: 'Selection' });
const box = (page: Page, name: string) => page.getByRole('checkbox', { name: `Select ${name}`, exact: true });
const inBar = (page: Page, name: string | RegExp) => selection(page).getByRole('button', { name });
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });

test.beforeEach(async ({ page }) => {
  // No pointer at all: whatever would press something has to be reached.
  await page.addInitScript(() => {
    const refuse = (event: Event) => {
      if ((event as MouseEvent).detail > 0) throw new Error('pressed by a pointer');
    };
    document.addEventListener('click', refuse, true);
  });
});

test('without a pointer the list is narrowed, sorted, selected from and saved, and the focus is never lost', async ({
  owner: page,
}) => {
  const search = page.getByRole('searchbox', { name: 'Search servers' });
  // Every row is in the page.
  await page.setViewportSize({ width: 1280, height: 2000 });
  await page.keyboard.press('/');
  await page.keyboard.type('weather');
  await expect(page).toHaveURL(/\?q=weather$/);
  await use(page, button(page, /^Live \d+$/), 'Space');
  await expect(page).toHaveURL(/\?q=weather&filter=live$/);
  await use(page, page.getByRole('columnheader', { name: 'Server' }).getByRole('button'));
  await expect(page).toHaveURL(/\?q=weather&filter=live&sort=name$/);

  await reach(page, box(page, NAME));
  await page.keyboard.press('Space');
  await expect(selection(page)).toContainText('1 selected');
  await page.keyboard.press('ArrowDown');
  await expect(box(page, 'demo/weather-archive')).toBeFocused();
  await page.keyboard.press('Shift+Space');
  await expect(selection(page)).toContainText('2 selected');
  await page.keyboard.press('/');
  await page.keyboard.press('Backspace');
  await use(page, button(page, /^All \d+$/));
  await use(page, box(page, 'demo/notion-notes'), 'Space');
  // As a range from the one before, wherever that is.
  await reach(page, box(page, 'demo/pdf-reader'), 'ArrowDown');
  await page.keyboard.press('Shift+Space');
  const several = Number.parseInt(await selection(page).innerText(), 10);
  expect(several).toBeGreaterThan(3);

  await use(page, inBar(page, /^Select all \d+ matching$/));
  await expect(inBar(page, /matching/)).toHaveCount(0);
  await expectFocus(page);
  const saved = page.waitForEvent('download');
  await use(page, inBar(page, 'CSV'));
  expect((await saved).suggestedFilename()).toMatch(/\.csv$/);
  await use(page, inBar(page, 'Clear'));
  await expect(selection(page)).toHaveCount(0);
  await expectFocus(page);

  await page.keyboard.press('/');
  await page.keyboard.type('weathre spaceship');
  await use(page, button(page, 'Weather'));
  await expect(search).toHaveValue('Weather');
  await expectFocus(page);
  await page.keyboard.press('/');
  await page.keyboard.type('zzzzzz');
  await use(page, button(page, 'Clear filters'));
  await expect(search).toHaveValue('');
  await expectFocus(page);
  await expect(page).toHaveURL(/\/servers\?sort=name$/);
});

test('without a pointer a server is found, deleted, looked at where it was, and left for the list', async ({
  owner: page,
}) => {
  await page.keyboard.press('/');
  await page.keyboard.type('weather');
  await expect(page).toHaveURL(/\?q=weather$/);
  await page.keyboard.press('ArrowDown');
  await expect(serverRow(page, NAME)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Weather', level: 1 })).toBeFocused();
  await use(page, button(page, 'Delete server'));
  await expect(deleteDialog(page, NAME)).toBeVisible();
  await page.keyboard.type(NAME);
  await page.keyboard.press('Enter');
  await expect(page.getByText(`Deleted ${NAME}`, { exact: true })).toBeVisible();
  await expect(page).toHaveURL(/\/servers\?q=weather$/);
  await expect(serverRow(page, 'demo/weather-archive')).toBeFocused();
  // What was said can be put away, and the focus is back where it was.
  await use(page, button(page, 'Dismiss'));
  await expect(page.getByText(`Deleted ${NAME}`, { exact: true })).toHaveCount(0);
  await expectFocus(page);

  await use(page, page.getByRole('link', { name: 'Activity', exact: true }));
  await expect(page.getByRole('heading', { name: 'Activity', level: 1 })).toBeFocused();
  await use(page, page.getByRole('link', { name: NAME, exact: true }).first());
  await expect(page.getByRole('heading', { level: 1, name: NAME, exact: true })).toBeFocused();
  await use(page, page.getByRole('link', { name: 'See activity', exact: true }));
  await expect(page.getByRole('heading', { name: 'Activity', level: 1 })).toBeFocused();
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: NAME, exact: true })).toBeVisible();
  await use(page, page.getByRole('link', { name: 'Back to servers', exact: true }));
  await expect(page).toHaveURL(/\/servers\?q=weather$/);
  await expect(serverRow(page, 'demo/weather-archive')).toBeFocused();
});

test('without a pointer Activity is narrowed by every field, looked into and saved, and the focus is never lost', async ({
  signedIn: page,
  desk,
  registry,
}) => {
  await registry.servers.delete(NAME);
  await registry.servers.delete('demo/weather-archive');
  await page.goto(`${desk.url}/activity`);
  const rows = page.getByRole('table', { name: 'Activity' }).locator('tbody > tr');
  await expect(rows.first()).toBeVisible();
  const choose = async (field: string, letters: string) => {
    await reach(page, page.getByRole('combobox', { name: field }));
    await page.keyboard.type(letters);
  };
  await choose('Person', 'owner');
  await expect(page).toHaveURL(/\?person=owner$/);
  await choose('Action', 'Delete server');
  await expect(page).toHaveURL(/&action=server\.delete/);
  await choose('Outcome', 'Done');
  await expect(page).toHaveURL(/&outcome=applied/);
  await expect(rows).toHaveCount(2);
  await reach(page, page.getByLabel('From', { exact: true }));
  await page.keyboard.type('01012020');
  await expect(page).toHaveURL(/&from=2020-01-01/);
  await expect(rows).toHaveCount(2);
  for (const format of ['CSV', 'JSON']) {
    const saved = page.waitForEvent('download');
    await reach(page, button(page, `Download ${format}`), 'Shift+Tab');
    await page.keyboard.press('Enter');
    expect((await saved).suggestedFilename()).toBe(`touchmark-activity.${format.toLowerCase()}`);
  }
  await use(page, rows.first().getByRole('button', { name: /ago$|now$/ }), 'Space');
  await expect(page.getByRole('tooltip')).toContainText('UTC');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('tooltip')).toHaveCount(0);
  await reach(page, rows.first().getByRole('button', { name: /^Details/ }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await use(page, rows.first().getByRole('button', { name: 'Only this server' }));
  await expect(page).toHaveURL(/&server=demo%2Fweather-archive/);
  await expect(rows).toHaveCount(1);
  await expectFocus(page);
  await reach(page, button(page, 'Not only demo/weather-archive'), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page).not.toHaveURL(/server=/);
  await expectFocus(page);
  await reach(page, button(page, 'Clear filters'));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/activity$/);
  await expectFocus(page);
  await page.keyboard.press('/');
  await page.keyboard.type('zzzz');
  await use(page, button(page, 'Show all activity'));
  await expect(page).toHaveURL(/\/activity$/);
  await expectFocus(page);
});

test('without a pointer the header tells who and where, the exact times of a page are read, and nobody knows a name never seen', async ({
  signedIn: page,
  desk,
}) => {
  await page.goto(`${desk.url}/servers/demo%2Fnever`);
  await isDrawn(page);
  await expect(page.getByRole('heading', { name: 'Server not found', level: 1 })).toBeVisible();
  await expect(page).toHaveTitle('Server not found · Touchmark');
  await expect(page.getByRole('main')).toContainText('nothing is known of one that was');
  await use(page, page.getByRole('link', { name: 'Back to servers', exact: true }));
  await expect(page.getByRole('heading', { name: 'Servers', level: 1 })).toBeFocused();
  // The first that is reached leads past the header.
  await page.reload();
  await isDrawn(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await use(page, button(page, 'Account'));
  const card = page.getByRole('dialog', { name: 'Your account' });
  await expect(card).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(card).toBeHidden();
  await expect(button(page, 'Account')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: /^Theme: / })).toBeFocused();

  await page.goto(`${desk.url}/servers/demo%2Fweather`);
  const times = page.getByRole('main').getByRole('button', { name: /ago$|now$/ });
  await expect(times.first()).toBeVisible();
  await page.waitForLoadState('networkidle');
  for (let at = 0; at < (await times.count()); at++) {
    await reach(page, times.nth(at));
    await expect(page.getByRole('tooltip')).toContainText(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    await expect(times.nth(at)).toHaveAccessibleDescription(/UTC/);
  }
});
