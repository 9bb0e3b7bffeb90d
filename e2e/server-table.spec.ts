import type { Page } from '@playwright/test';
import { expect, search, serverRow, test } from './fixtures.ts';

const heading = (page: Page, name: string) => page.getByRole('columnheader', { name, exact: true });
const firstRow = (page: Page) => page.locator('main tr[aria-rowindex="2"]');
const press = (page: Page, name: string) => heading(page, name).getByRole('button').click();

test('a press on a heading sorts by its column, a second one the other way, and the address keeps it', async ({
  owner,
}) => {
  await expect(heading(owner, 'Uses')).toHaveAttribute('aria-sort', 'descending');
  await expect(heading(owner, 'Server')).toHaveAttribute('aria-sort', 'none');
  await expect(firstRow(owner)).toContainText('demo/weather');
  await press(owner, 'Server');
  await expect(heading(owner, 'Server')).toHaveAttribute('aria-sort', 'ascending');
  await expect(heading(owner, 'Uses')).toHaveAttribute('aria-sort', 'none');
  await expect(owner).toHaveURL(/\?sort=name$/);
  await expect(owner.getByRole('combobox', { name: 'Sort' })).toHaveValue('name asc');
  await expect(firstRow(owner)).toContainText('demo/browser-runner');
  await press(owner, 'Server');
  await expect(owner).toHaveURL(/\?sort=name&direction=desc$/);
  await expect(heading(owner, 'Server')).toHaveAttribute('aria-sort', 'descending');
  await expect(firstRow(owner)).not.toContainText('demo/browser-runner');
  await owner.reload();
  await expect(heading(owner, 'Server')).toHaveAttribute('aria-sort', 'descending');
  await heading(owner, 'Uses').getByRole('button').press('Enter');
  await expect(owner).toHaveURL(/\/servers$/);
  await expect(firstRow(owner)).toContainText('demo/weather');
  await expect(heading(owner, 'Uses').getByRole('button')).toBeFocused();
});

test('every column puts the rows in its order, and those without a value last both ways', async ({
  owner,
}) => {
  const lastRow = owner.locator('main tbody tr').last();
  for (const [name, sort, none] of [
    ['Last release', 'released', 'never'],
    ['Last call', 'called', 'never'],
  ] as const) {
    for (const direction of ['', '&direction=asc']) {
      await press(owner, name);
      await expect(owner).toHaveURL(new RegExp(`sort=${sort}${direction}$`));
      await owner.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
      await expect(lastRow).toContainText(none);
      await owner.evaluate(() => window.scrollTo(0, 0));
      await expect(firstRow(owner).getByRole('link')).toContainText(/ago|just now/);
    }
  }
  await press(owner, 'State');
  await expect(owner).toHaveURL(/sort=state$/);
  await expect(firstRow(owner)).toContainText('Live');
});

test('an order that no heading has is chosen in its field, and no heading claims it', async ({ owner }) => {
  await owner.getByRole('combobox', { name: 'Sort' }).selectOption({ label: 'Newest' });
  await expect(owner).toHaveURL(/\?sort=created$/);
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

test('the whole list is read in few requests, none of them for a row', async ({ signedIn: page, desk }) => {
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/')) asked.push(pathname);
  });
  await page.goto(`${desk.url}/servers`);
  await expect(serverRow(page, 'demo/weather')).toBeVisible();
  await page.waitForLoadState('networkidle');
  expect(asked.filter((path) => path.includes('/releases'))).toEqual([]);
  expect(asked.filter((path) => path === '/api/-/servers').length).toBeLessThanOrEqual(1);
});

test('a state is a word and an icon, and what needs attention says why in a sentence', async ({ owner }) => {
  await search(owner, 'slack-digest');
  const row = serverRow(owner, 'demo/slack-digest');
  await expect(row).toContainText('Live on an older release');
  await expect(row).toContainText('Needs attention: The latest release failed; an older one is live.');
  await search(owner, 'browser-runner');
  await expect(serverRow(owner, 'demo/browser-runner')).toContainText(
    'Needs attention: The latest release failed, and none ever ran.',
  );
});

test('chips narrow the list, tell how many there are, and their rules are read in one table', async ({
  owner,
}) => {
  const chip = (name: RegExp) => owner.getByRole('button', { name });
  await expect(chip(/^All \d+$/)).toHaveAttribute('aria-pressed', 'true');
  for (const name of ['Live', 'Failed', 'Not released', 'Local', 'Unlisted', 'Quiet']) {
    await expect(chip(new RegExp(`^${name} \\d+$`))).toBeVisible();
  }
  const attention = chip(/^Needs attention \d+$/);
  const count = Number.parseInt((await attention.innerText()).replaceAll(/\D/g, ''), 10);
  expect(count).toBeGreaterThan(0);
  await attention.click();
  await expect(owner).toHaveURL(/\?filter=attention$/);
  await expect(owner.locator('main tbody tr')).toHaveCount(count);
  await expect(owner.locator('main tbody tr').filter({ hasText: 'Needs attention:' })).toHaveCount(count);
  await expect(attention).toHaveAttribute('title', /an older one is live/);
  const rules = owner.locator('dl', { hasText: 'had no call for 90 days' });
  await expect(rules).toBeHidden();
  await owner.getByRole('button', { name: 'What the filters mean' }).press('Enter');
  await expect(rules).toContainText('an older one is live');
  await owner.keyboard.press('Escape');
  await expect(rules).toBeHidden();
});

test('with a namespace chosen the chips tell how many there are in it', async ({ owner }) => {
  const rows = owner.locator('main tbody tr[aria-rowindex]');
  const namespaces = owner.getByRole('combobox', { name: 'Namespace' });
  await namespaces.selectOption('demo-labs');
  const inAll = await namespaces.locator('option:checked').textContent();
  await expect(owner.getByRole('button', { name: /^All \d+$/ })).toHaveText(
    `All ${/\d+(?=\)$)/.exec(inAll ?? '')?.[0]}`,
  );
  for (const name of ['Live', 'Not released', 'Failed', 'All']) {
    const chip = owner.getByRole('button', { name: new RegExp(`^${name} \\d+$`) });
    const count = Number(/\d+$/.exec((await chip.textContent()) ?? '')?.[0]);
    await chip.click();
    await expect(rows).toHaveCount(count);
  }
});

test('a namespace of the address that is not among one’s own is shown as chosen, and can be left', async ({
  signedIn: page,
  desk,
}) => {
  await page.goto(`${desk.url}/servers?namespace=nobody`);
  await expect(page.getByText('No server matches', { exact: true })).toBeVisible();
  const namespaces = page.getByRole('combobox', { name: 'Namespace' });
  await expect(namespaces).toHaveValue('nobody');
  await namespaces.selectOption('');
  await expect(page).toHaveURL(/\/servers$/);
  await expect(serverRow(page, 'demo/weather')).toBeVisible();
});

test('a phone has cards without headings, and the order is chosen in its field', async ({ owner }) => {
  await owner.setViewportSize({ width: 375, height: 667 });
  await expect(owner.getByRole('columnheader')).toHaveCount(0);
  await owner.getByRole('combobox', { name: 'Sort' }).selectOption({ label: 'Name' });
  await expect(firstRow(owner)).toContainText('demo/browser-runner');
  await expect(firstRow(owner).getByRole('link')).toContainText('0 uses');
  for (const width of [320, 375, 700, 1024, 2560]) {
    await owner.setViewportSize({ width, height: 667 });
    expect(await owner.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});

test('on the narrowest phone names have room, beside their icon whichever way they are written', async ({
  owner,
  registry,
}) => {
  await registry.servers.create('demo/forecasts-for-mountains-and-seas', {
    displayName: 'خادم الطقس للجبال والبحار',
  });
  await owner.setViewportSize({ width: 320, height: 667 });
  await owner.reload();
  for (const name of [
    'demo/forecasts-for-mountains-and-seas',
    'demo/translation-desk',
    'demo/github-triage',
  ]) {
    await search(owner, name);
    const names = serverRow(owner, name).locator('bdi');
    await expect(names.first()).toBeVisible();
    const boxes = await names.evaluateAll((parts) =>
      parts.slice(0, 2).map((part) => {
        const text = document.createRange();
        text.selectNodeContents(part);
        const icon = part.closest('a')?.firstElementChild?.getBoundingClientRect();
        return {
          isWhole: part.scrollHeight <= part.clientHeight + 1 && part.scrollWidth <= part.clientWidth + 1,
          gap: Math.round(text.getBoundingClientRect().left - (icon?.right ?? 0)),
        };
      }),
    );
    expect([name, ...boxes]).toEqual([name, { isWhole: true, gap: 12 }, { isWhole: true, gap: 12 }]);
  }
});
