import type { Page } from '@playwright/test';
import {
  confirmationField,
  deleteButton,
  expect,
  isDrawn,
  keyOf,
  search,
  serverRow,
  signIn,
  test,
} from './fixtures.ts';
import { startDesk } from './support/desk.ts';

const box = (page: Page) => page.getByRole('searchbox', { name: 'Search servers' });
const chip = (page: Page, name: string) =>
  page.getByRole('button', { name: new RegExp(`^${name}( \\d+)?$`) });

test('Back never shows an address that the box does not show', async ({ owner }) => {
  await search(owner, 'weather');
  await expect(owner).toHaveURL(/\?q=weather$/);
  await chip(owner, 'Live').click();
  await expect(owner).toHaveURL(/\?q=weather&filter=live$/);
  await search(owner, 'weather a');
  await serverRow(owner, 'demo/weather-archive').click();
  await expect(owner).toHaveURL(/demo%2Fweather-archive$/);
  await owner.goBack();
  await expect(owner).toHaveURL(/\?q=weather\+a&filter=live$/);
  await expect(box(owner)).toHaveValue('weather a');
  // A choice of filter is an entry of its own, what was typed after it is not.
  await owner.goBack();
  await expect(owner).toHaveURL(/\?q=weather$/);
  await expect(box(owner)).toHaveValue('weather');
  await expect(chip(owner, 'All')).toHaveAttribute('aria-pressed', 'true');
  await owner.goForward();
  await expect(box(owner)).toHaveValue('weather a');
  await expect(chip(owner, 'Live')).toHaveAttribute('aria-pressed', 'true');
});

test('every way back to the list leads to the same view, the same place and the row that was opened', async ({
  owner,
}) => {
  await owner.setViewportSize({ width: 1280, height: 500 });
  await chip(owner, 'Live').click();
  const scrolled = () => owner.evaluate(() => window.scrollY);
  const name = 'demo/recipe-box';
  const leave = async () => {
    await serverRow(owner, name).click();
    await expect(owner.getByRole('button', { name: 'Delete server', exact: true })).toBeVisible();
  };
  const isBack = async (y: number) => {
    await expect(owner).toHaveURL(/\?filter=live$/);
    await expect(serverRow(owner, name)).toBeFocused();
    expect(await scrolled()).toBe(y);
  };
  await serverRow(owner, name).scrollIntoViewIfNeeded();
  const y = await scrolled();
  expect(y).toBeGreaterThan(0);
  await leave();
  await owner.goBack();
  await isBack(y);
  await leave();
  await owner.locator('main').getByRole('link', { name: 'Servers', exact: true }).click();
  await isBack(y);
  await leave();
  await owner.getByRole('navigation').getByRole('link', { name: 'Servers', exact: true }).click();
  await isBack(y);
  await owner.reload();
  await isBack(y);
  // A page that is loaded anew leads back as the one before it would have.
  await leave();
  await owner.reload();
  await isDrawn(owner);
  await owner.locator('main').getByRole('link', { name: 'Servers', exact: true }).click();
  await isBack(y);
  await leave();
  await owner.reload();
  await isDrawn(owner);
  await owner.goBack();
  await isBack(y);
  // From the list itself the link leads to all of it.
  await owner.getByRole('navigation').getByRole('link', { name: 'Servers', exact: true }).click();
  await expect(owner).toHaveURL(/\/servers$/);
  await expect(chip(owner, 'All')).toHaveAttribute('aria-pressed', 'true');
});

test('from what is left of a server that somebody else deleted, too', async ({ owner, registry }) => {
  const name = 'demo/recipe-box';
  await owner.clock.install();
  await chip(owner, 'Live').click();
  await serverRow(owner, name).click();
  await expect(owner.getByRole('button', { name: 'Delete server', exact: true })).toBeVisible();
  await registry.servers.delete(name);
  await owner.clock.runFor(10_000);
  await expect(owner.getByRole('heading', { name, level: 1 })).toBeVisible();
  await owner.getByRole('link', { name: 'Back to servers', exact: true }).click();
  await expect(owner).toHaveURL(/\?filter=live$/);
  await expect(serverRow(owner, name)).toHaveCount(0);
});

async function deleteServer(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Delete server', exact: true }).click();
  await confirmationField(page, name).fill(name);
  await deleteButton(page).click();
  await expect(page.getByText(`Deleted ${name}`, { exact: true })).toBeVisible();
}

test('after a delete the view is as it was and the row’s neighbour has the focus, also on a registry elsewhere', async ({
  page,
  desk,
}) => {
  const remote = await startDesk({ args: ['--registry', desk.registryUrl] });
  try {
    await signIn(page, remote.url, keyOf(desk));
    await page.getByRole('combobox', { name: 'Sort' }).selectOption({ label: 'Name' });
    const second = page.locator('main tr[aria-rowindex="3"] a');
    await expect(second).toBeVisible();
    await page.waitForLoadState('networkidle');
    const name = await second.locator('[translate="no"]').nth(1).innerText();
    const next = await page.locator('main tr[aria-rowindex="4"] a').getAttribute('href');
    await second.click();
    await deleteServer(page, name);
    await expect(page).toHaveURL(/\?sort=name$/);
    await expect(serverRow(page, name)).toHaveCount(0);
    await expect(page.locator(`main a[href="${next}"]`)).toBeFocused();
  } finally {
    await remote.stop();
  }
});

test('a second impatient press after a delete opens nobody’s page, and no row is under the toast', async ({
  owner,
}) => {
  const firstRow = owner.locator('main tr[aria-rowindex="2"] a');
  await serverRow(owner, 'demo/weather').click();
  await owner.getByRole('button', { name: 'Delete server', exact: true }).click();
  await confirmationField(owner, 'demo/weather').fill('demo/weather');
  // Where rows of the list will be.
  await owner.mouse.move(500, 600);
  await deleteButton(owner).press('Enter');
  await owner.waitForURL(/\/servers$/);
  await expect(firstRow).toBeFocused();
  await owner.keyboard.press('Enter');
  await owner.mouse.down();
  await owner.mouse.up();
  await expect(owner.getByText('Deleted demo/weather', { exact: true })).toBeVisible();
  await expect(owner).toHaveURL(/\/servers$/);
  await expect(firstRow).toBeFocused();
  const covered = await owner.evaluate(() => {
    const toast = document.querySelector('output[aria-live] > div')?.getBoundingClientRect();
    return [...document.querySelectorAll('main tbody :is(a, input)')].filter((action) => {
      const box = action.getBoundingClientRect();
      return toast !== undefined && box.top < toast.bottom && box.bottom > toast.top;
    }).length;
  });
  expect(covered).toBe(0);
  // Once the pointer has moved, a click is meant.
  await owner.mouse.move(520, 640, { steps: 4 });
  await owner.mouse.down();
  await owner.mouse.up();
  await expect(owner).toHaveURL(/\/servers\/demo/);
});
