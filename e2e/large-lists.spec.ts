import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { filledDesk, type FilledDesk } from './bench/filled-desk.ts';
import {
  confirmationField,
  deleteButton,
  expect,
  isDrawn,
  registryOf,
  search,
  serverRow,
  startSession,
  test,
} from './fixtures.ts';
import { recordLoads } from './support/page-loads.ts';
import { type VariedServers, varyServers } from './support/varied-servers.ts';

// One after the other: those of one size share a desk, and the one that deletes comes last.
test.describe.configure({ mode: 'default' });

const table = (page: Page) => page.locator('main table[aria-rowcount]');
const row = (page: Page, index: number) => page.locator(`main tr[aria-rowindex="${index + 2}"]`);
const chip = (page: Page, name: string, count: number) =>
  page.getByRole('button', { name: `${name} ${count.toLocaleString('en')}`, exact: true });
const press = (page: Page, heading: string) =>
  page.getByRole('columnheader', { name: heading, exact: true }).getByRole('button').click();

async function isWhole(page: Page, count: number): Promise<void> {
  await expect(table(page)).toHaveAttribute('aria-rowcount', String(count + 1), { timeout: 60_000 });
  await expect(page.getByRole('progressbar', { name: 'Loading servers' })).toHaveCount(0);
}

/** Opens the list and waits until it is whole. */
async function openList(page: Page, { desk, size }: { desk: FilledDesk; size: number }): Promise<void> {
  await startSession(page, desk.url, desk.apiKey);
  await page.goto(`${desk.url}/servers`);
  await isDrawn(page);
  await isWhole(page, size);
}

async function savedLines(page: Page, kind: string): Promise<string[]> {
  const saved = page.waitForEvent('download');
  await page
    .getByRole('region', { name: 'Selection' })
    .getByRole('button', { name: kind, exact: true })
    .click();
  return (await readFile(await (await saved).path(), 'utf8')).split('\r\n').slice(1, -1);
}

for (const size of [10_000, 30_000]) {
  test.describe(`a list of ${size.toLocaleString('en')} servers`, () => {
    let desk: FilledDesk;
    let varied: VariedServers;
    test.beforeAll(async () => {
      desk = await filledDesk(size, {
        released: true,
        also: async (db) => {
          varied = await varyServers(db, new Date());
        },
      });
    });
    test.afterAll(async () => desk.stop());

    test('shows its first rows before the rest is there, which comes in a dozen requests for 10,000, and its counts', async ({
      page,
    }) => {
      await startSession(page, desk.url, desk.apiKey);
      const loads = await recordLoads(page);
      let goOn = (): void => {};
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      await page.route(/\/api\/-\/servers\?.*cursor=/, async (route) => {
        await held;
        await route.continue();
      });
      await page.goto(`${desk.url}/servers`);
      await expect(row(page, 0)).toContainText(varied.at(0));
      await expect(
        page.getByText(new RegExp(`^Loaded [\\d,]+ of ${size.toLocaleString('en')}$`)),
      ).toBeVisible();
      // All that can be done with what is there can be done.
      await search(page, varied.at(3));
      await expect(serverRow(page, varied.at(3))).toBeVisible();
      await search(page, '');
      goOn();
      await isWhole(page, size);
      const asked = [...loads.values()].filter(({ url }) => /\/api\/-\/(desk|servers)\?/.test(url));
      expect(asked.length).toBeLessThanOrEqual(size / 1000 + 2);
      for (const [name, count] of Object.entries(varied.counts)) {
        await expect(chip(page, name, count)).toBeVisible();
        await chip(page, name, count).click();
        await expect(table(page)).toHaveAttribute('aria-rowcount', String(count + 1));
      }
    });

    test('finds what is mistyped, puts every column in order both ways, down to its last row, and saves all that match, each on a line of its own', async ({
      page,
    }) => {
      await openList(page, { desk, size });
      await search(page, 'ardvark censsu');
      await expect(row(page, 0)).toContainText(varied.ends['Server']?.[0] ?? '');
      await expect(page.getByText(/None is written so; 1 of/).first()).toBeVisible();
      await search(page, '');
      for (const [heading, [ascending, descending]] of Object.entries(varied.ends)) {
        const isByName = heading === 'Server' || heading === 'State';
        // The first press puts the most or newest first, and names and states from their beginning. By uses they are already.
        if (heading === 'Uses') await expect(row(page, 0)).not.toContainText(descending);
        await press(page, heading);
        await expect(row(page, 0)).toContainText(isByName ? ascending : descending);
        await press(page, heading);
        await expect(row(page, 0)).toContainText(isByName ? descending : ascending);
      }
      // By uses, the least used first: so the most used is the last of all.
      await page.keyboard.press('End');
      await expect(row(page, size - 1)).toContainText(varied.at(0));
      await expect(row(page, size - 1)).toBeInViewport();
      await expect(row(page, size)).toHaveCount(0);
      expect(await page.locator('main tbody tr').count()).toBeLessThan(60);

      const failed = varied.counts['Failed'] ?? 0;
      await chip(page, 'Failed', failed).click();
      await row(page, 0).getByRole('checkbox').check();
      await page.getByRole('button', { name: `Select all ${failed} matching`, exact: true }).click();
      const lines = await savedLines(page, 'CSV');
      expect(new Set(lines.map((line) => line.split(',')[3]))).toEqual(new Set(['Failed']));
      expect(lines).toHaveLength(failed);
      await chip(page, 'All', size).click();
      await page
        .getByRole('button', { name: `Select all ${size.toLocaleString('en')} matching`, exact: true })
        .click();
      const all = await savedLines(page, 'CSV');
      expect(new Set(all.map((line) => line.split(',')[0])).size).toBe(size);
    });

    test('comes back to a row far down, from where no row moves under the pointer, and loses one that is deleted', async ({
      page,
    }) => {
      await page.clock.install();
      await openList(page, { desk, size });
      const index = size - 1234;
      const name = varied.at(index);
      await page.evaluate((y) => window.scrollTo(0, y), index * 56);
      await serverRow(page, name).scrollIntoViewIfNeeded();
      const y = await page.evaluate(() => window.scrollY);
      await serverRow(page, name).click();
      await expect(page.getByRole('button', { name: 'Delete server', exact: true })).toBeVisible();
      await page.goBack();
      await expect(serverRow(page, name)).toBeFocused();
      expect(await page.evaluate(() => window.scrollY)).toBe(y);

      await serverRow(page, name).hover();
      const place = await serverRow(page, name).boundingBox();
      const registry = registryOf({ ownerKey: desk.apiKey, registryUrl: desk.registryUrl });
      await registry.servers.update(name, { displayName: 'Renamed elsewhere' });
      await page.clock.runFor(15_000);
      await expect(page.getByRole('button', { name: '1 change, show' })).toBeVisible();
      await expect(serverRow(page, name)).not.toContainText('Renamed elsewhere');
      expect(await serverRow(page, name).boundingBox()).toEqual(place);

      await serverRow(page, name).click();
      await page.getByRole('button', { name: 'Delete server', exact: true }).click();
      await confirmationField(page, name).fill(name);
      await deleteButton(page).click();
      await expect(page.getByText(`Deleted ${name}`, { exact: true })).toBeVisible();
      await expect(serverRow(page, varied.at(index + 1))).toBeFocused();
      await expect(serverRow(page, name)).toHaveCount(0);
      await expect(table(page)).toHaveAttribute('aria-rowcount', String(size));
      await expect(chip(page, 'All', size - 1)).toBeVisible();
    });
  });
}

test('2,000 servers of a registry elsewhere are listed, searched and put in order while they are read, and what is not known is called so', async ({
  visitor: page,
  remote,
  managing: desk,
}) => {
  const size = 2000;
  remote.servers.clear();
  for (let at = 0; at < size; at++) {
    const slug = at === 1234 ? 'aardvark-census' : `tool-${String(at).padStart(4, '0')}`;
    remote.servers.set(`acme/${slug}`, `id-${at}`);
    remote.changed.set(`acme/${slug}`, { displayName: slug, useCount: at });
  }
  await page.goto(`${desk.url}/servers`);
  await isDrawn(page);
  // Politely, so that it takes a while: what was read meanwhile is there.
  await expect(page.getByText(/^Loaded [\d,]+ so far$/)).toBeVisible();
  await expect(page.locator('main tbody tr').first()).toContainText('acme/tool-');
  await expect(table(page)).toHaveAttribute('aria-rowcount', String(size + 1), { timeout: 60_000 });
  const first = row(page, 0);
  await expect(first).toContainText('acme/tool-1999');
  await search(page, 'ardvark censsu');
  await expect(first).toContainText('acme/aardvark-census');
  await search(page, '');
  await press(page, 'Server');
  await expect(first).toContainText('acme/aardvark-census');
  await press(page, 'Server');
  await expect(first).toContainText('acme/tool-1999');
  // Nobody can have asked after all of them yet.
  await page.keyboard.press('End');
  await expect(row(page, size - 1)).toContainText('aardvark-census');
  await press(page, 'Last call');
  await page.keyboard.press('End');
  await expect(row(page, size - 1)).toContainText('Call: unknown');
  await expect(page.getByRole('button', { name: /^Unlisted/ })).toHaveCount(0);
  await expect(
    page.getByRole('button', { name: `All ${size.toLocaleString('en')}`, exact: true }),
  ).toBeVisible();
});
