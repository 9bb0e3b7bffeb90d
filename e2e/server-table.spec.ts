import type { Page } from '@playwright/test';
import { expect, search, serverRow, test } from './fixtures.ts';

const heading = (page: Page, name: string) => page.getByRole('columnheader', { name, exact: true });
const firstRow = (page: Page) => page.locator('main tr[aria-rowindex="2"]');

test('a press on a heading sorts by its column, says so, and is kept in the address', async ({ owner }) => {
  await expect(heading(owner, 'Uses')).toHaveAttribute('aria-sort', 'descending');
  await expect(heading(owner, 'Server')).toHaveAttribute('aria-sort', 'none');
  await expect(firstRow(owner)).toContainText('demo/weather');
  await heading(owner, 'Server').getByRole('button').click();
  await expect(heading(owner, 'Server')).toHaveAttribute('aria-sort', 'ascending');
  await expect(heading(owner, 'Uses')).toHaveAttribute('aria-sort', 'none');
  await expect(owner).toHaveURL(/\?sort=name$/);
  await expect(owner.getByRole('combobox', { name: 'Sort' })).toHaveValue('name');
  await expect(firstRow(owner)).toContainText('demo/browser-runner');
  await owner.reload();
  await expect(heading(owner, 'Server')).toHaveAttribute('aria-sort', 'ascending');
  await heading(owner, 'Uses').getByRole('button').press('Enter');
  await expect(owner).toHaveURL(/\/servers$/);
  await expect(firstRow(owner)).toContainText('demo/weather');
  await expect(heading(owner, 'Uses').getByRole('button')).toBeFocused();
});

test('an order that no heading has is chosen in its field, and no heading claims it', async ({ owner }) => {
  await owner.getByRole('combobox', { name: 'Sort' }).selectOption('newest');
  await expect(owner).toHaveURL(/\?sort=newest$/);
  await expect(heading(owner, 'Server')).toHaveAttribute('aria-sort', 'none');
  await expect(heading(owner, 'Uses')).toHaveAttribute('aria-sort', 'none');
});

test('rows that are not in the page are counted, and each says which it is', async ({ owner }) => {
  await owner.setViewportSize({ width: 1280, height: 400 });
  const table = owner.getByRole('table', { name: 'Servers', exact: true });
  const rows = table.locator('tbody tr');
  await expect(owner.getByText(/^\d+ servers$/).first()).toBeVisible();
  const count = Number.parseInt(
    await owner
      .getByText(/^\d+ servers$/)
      .first()
      .innerText(),
    10,
  );
  await expect(table).toHaveAttribute('aria-rowcount', String(count + 1));
  await owner.mouse.wheel(0, 10_000);
  await expect(rows.last()).toHaveAttribute('aria-rowindex', String(count + 1));
  expect(await rows.count()).toBeLessThan(count);
  await search(owner, 'weather-archive');
  await expect(table).toHaveAttribute('aria-rowcount', '2');
  await expect(serverRow(owner, 'demo/weather-archive')).toBeVisible();
});

test('a phone has cards without headings, and the order is chosen in its field', async ({ owner }) => {
  await owner.setViewportSize({ width: 375, height: 667 });
  await expect(owner.getByRole('columnheader')).toHaveCount(0);
  await owner.getByRole('combobox', { name: 'Sort' }).selectOption('name');
  await expect(firstRow(owner)).toContainText('demo/browser-runner');
  await expect(firstRow(owner).getByRole('link')).toContainText('0 uses');
  expect(await owner.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
});
