import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, search, serverRow, test } from './fixtures.ts';

const box = (page: Page, name: string) => page.getByRole('checkbox', { name: `Select ${name}`, exact: true });
const bar = (page: Page) => page.getByRole('region', { name: 'Selection' });

test('rows are selected one by one, as a range, all that are shown, and all that match', async ({
  owner,
}) => {
  await owner.setViewportSize({ width: 1280, height: 500 });
  await expect(bar(owner)).toHaveCount(0);
  await box(owner, 'demo/weather').check();
  await expect(bar(owner)).toContainText('1 selected');
  await box(owner, 'demo/postgres-readonly').click({ modifiers: ['Shift'] });
  await expect(bar(owner)).toContainText('4 selected');
  await expect(box(owner, 'demo/notion-notes')).toBeChecked();
  await search(owner, 'weather');
  await bar(owner)
    .getByRole('button', { name: /^Select all \d+ matching$/ })
    .click();
  await expect(box(owner, 'demo/weather-archive')).toBeChecked();
  await expect(bar(owner).getByRole('button', { name: /matching/ })).toHaveCount(0);
  // What is selected is copied and saved whether it is shown or not.
  await expect(bar(owner)).toContainText(/^\d+ selected, 3 of them not shown/);
  await search(owner, '');
  await expect(bar(owner)).not.toContainText('not shown');
  // What was selected before still is, and a look at a page does not end it.
  await expect(box(owner, 'demo/notion-notes')).toBeChecked();
  await serverRow(owner, 'demo/notion-notes').click();
  await expect(owner).toHaveURL(/notion-notes$/);
  await owner.goBack();
  await expect(box(owner, 'demo/notion-notes')).toBeChecked();
  await bar(owner).getByRole('button', { name: 'Clear' }).click();
  await expect(bar(owner)).toHaveCount(0);
  await owner.getByRole('checkbox', { name: 'Select all shown' }).check();
  const shown = await bar(owner)
    .getByText(/^\d+ selected$/)
    .innerText();
  expect(Number.parseInt(shown, 10)).toBeLessThan(20);
  await bar(owner)
    .getByRole('button', { name: /^Select all \d+ matching$/ })
    .click();
  await expect(bar(owner).getByText(shown, { exact: true })).toHaveCount(0);
});

test('the selected servers’ names are copied, and saved as CSV and as JSON', async ({ owner, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  for (const name of ['demo/weather', 'demo/notion-notes']) await box(owner, name).check();
  await bar(owner).getByRole('button', { name: 'Copy names' }).click();
  await expect
    .poll(() => owner.evaluate(() => navigator.clipboard.readText()))
    .toBe('demo/weather\ndemo/notion-notes');
  const save = async (kind: string): Promise<string> => {
    const saved = owner.waitForEvent('download');
    await bar(owner).getByRole('button', { name: kind, exact: true }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toMatch(
      new RegExp(`^servers-\\d{4}-\\d\\d-\\d\\d\\.${kind.toLowerCase()}$`),
    );
    return readFile(await download.path(), 'utf8');
  };
  const lines = (await save('CSV')).split('\r\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^Qualified name,Display name,/);
  expect(lines[1]).toMatch(/^demo\/weather,Weather,demo,Live,/);
  expect(JSON.parse(await save('JSON'))).toMatchObject([
    { qualifiedName: 'demo/weather' },
    { qualifiedName: 'demo/notion-notes' },
  ]);
});

test('all of what is shown is printed, a line for each server, without a link', async ({ owner }) => {
  await owner.setViewportSize({ width: 1280, height: 400 });
  const list = owner.getByRole('table', { name: 'Servers', exact: true });
  const count = Number(await list.getAttribute('aria-rowcount'));
  await owner.emulateMedia({ media: 'print' });
  const printed = owner.getByRole('table', { name: 'Servers, to print' });
  await expect(printed.getByRole('row')).toHaveCount(count);
  await expect(list).toBeHidden();
  expect(await owner.getByRole('link').count()).toBe(0);
  const heights = await printed
    .getByRole('row')
    .evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height));
  expect(Math.max(...heights)).toBeLessThan(32);
  await owner.emulateMedia({ media: 'screen' });
  await search(owner, 'weather-archive');
  await expect(list).toHaveAttribute('aria-rowcount', '2');
  await owner.emulateMedia({ media: 'print' });
  await expect(printed.getByRole('row')).toHaveCount(2);
});
