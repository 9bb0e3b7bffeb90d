import type { Page } from '@playwright/test';
import {
  confirmationField,
  deleteDialog,
  expect,
  isDrawn,
  search,
  serverRow,
  test as base,
} from './fixtures.ts';

const NAME = 'demo/weather';

declare global {
  interface Window {
    /** What live regions said since it was last asked for. */
    said?: string[];
  }
}

/** A page of which it is noted what its live regions say: what is in one before anybody listens is not said. */
const test = base.extend({
  page: async ({ page }, use) => {
    await page.clock.install();
    await page.addInitScript(() => {
      const live = 'output, [role=status], [aria-live=polite]';
      const before = new WeakMap<Element, string>();
      const said: string[] = [];
      window.said = said;
      new MutationObserver((records) => {
        const regions = records.flatMap(({ target }) => {
          const element = target instanceof Element ? target : target.parentElement;
          return element?.closest(live) ?? [];
        });
        for (const region of new Set(regions)) {
          const copy = region.cloneNode(true) as Element;
          for (const silent of copy.querySelectorAll('[aria-live=off]')) silent.remove();
          const words = (copy.textContent ?? '').trim();
          if (words !== '' && words !== before.get(region)) said.push(words);
          before.set(region, words);
        }
      }).observe(document, { childList: true, subtree: true, characterData: true });
    });
    await use(page);
  },
});

/** What was said since. */
async function heard(page: Page): Promise<string[]> {
  await page.waitForLoadState('networkidle');
  return page.evaluate(() => window.said?.splice(0) ?? []);
}

/** Waits until this was said since, and nothing else is. */
async function expectHeard(page: Page, words: unknown[]): Promise<void> {
  await expect.poll(async () => page.evaluate(() => window.said?.slice())).toEqual(words);
  await page.clock.runFor(1000);
  expect(await heard(page)).toEqual(words);
}

/** Lets the page ask again and again what became of things, with nobody there. */
async function letItAsk(page: Page): Promise<void> {
  for (let times = 0; times < 3; times++) await page.clock.runFor(15_000);
}

test('the list tells its count once, and what a filter or a search leaves of it', async ({
  signedIn: page,
  desk,
  registry,
}) => {
  // Late, so that the page is there before it.
  let give = (): void => {};
  const given = new Promise<void>((resolve) => (give = resolve));
  await page.route(/\/api\/-\/(desk|servers)\?/, async (route) => {
    await given;
    await route.continue();
  });
  await page.goto(`${desk.url}/activity`);
  await isDrawn(page);
  await page.getByRole('link', { name: 'Servers', exact: true }).click();
  await expect(page.getByRole('searchbox', { name: 'Search servers' })).toBeVisible();
  give();
  await expect(serverRow(page, NAME)).toBeVisible();
  const [all = '', ...more] = await heard(page);
  expect(all).toMatch(/^\d+ servers$/);
  expect(more).toEqual([]);
  await letItAsk(page);
  expect(await heard(page)).toEqual([]);

  await page.getByRole('button', { name: /^Failed \d+$/ }).click();
  await expect(page).toHaveURL(/filter=failed/);
  await expectHeard(page, [expect.stringMatching(new RegExp(`^\\d+ of ${all}$`))]);
  await page.getByRole('button', { name: /^All \d+$/ }).click();
  await expectHeard(page, [all]);
  await search(page, 'weather-archive');
  await expectHeard(page, [`1 of ${all}`]);
  await search(page, 'zzzzzz');
  await expect(page.getByText('No server matches')).toBeVisible();
  await expectHeard(page, [`0 of ${all}`]);
  await search(page, '');
  await expectHeard(page, [all]);

  await serverRow(page, NAME).hover();
  await registry.servers.update(NAME, { displayName: 'Wetter' });
  await letItAsk(page);
  const offer = page.getByRole('button', { name: '1 change, show' });
  await expect(offer).toBeVisible();
  await letItAsk(page);
  await expectHeard(page, ['1 change, show']);
});

test('the delete dialog tells its verdict once, and the delete its outcome once', async ({
  owner: page,
  registry,
}) => {
  await serverRow(page, NAME).click();
  await expect(page.getByRole('heading', { name: 'Weather', level: 1 })).toBeVisible();
  await heard(page);
  await page.getByRole('button', { name: 'Delete server', exact: true }).click();
  const dialog = deleteDialog(page, NAME);
  await expect(dialog).toContainText('2 secrets');
  await registry.servers.secrets.delete('RADAR_TOKEN', { qualifiedName: NAME });
  await letItAsk(page);
  await expect(dialog).toContainText('1 secret');
  await expectHeard(page, [expect.stringMatching(/^In use: \d+ calls in the last 7 days\.$/)]);
  await confirmationField(page, NAME).fill(NAME);
  await page.keyboard.press('Enter');
  await expect(page.getByText(`Deleted ${NAME}`, { exact: true })).toBeVisible();
  await page.clock.runFor(2000);
  const said = await heard(page);
  expect(said.filter((words) => words.includes(`Deleted ${NAME}`))).toHaveLength(1);
  expect(said.filter((words) => words.startsWith('In use'))).toEqual([]);
});

test('Activity tells once that there is more, and the session once that it is about to end', async ({
  signedIn: page,
  desk,
  registry,
}) => {
  await registry.servers.delete('demo/mail-merge');
  await page.goto(`${desk.url}/activity?action=server.delete`);
  await isDrawn(page);
  const row = page.getByRole('table', { name: 'Activity' }).locator('tbody > tr').first();
  await row.hover();
  await heard(page);
  await registry.servers.delete(NAME);
  await page.clock.runFor(6000);
  await expect(page.getByRole('button', { name: '1 new, show' })).toBeVisible();
  await letItAsk(page);
  await expectHeard(page, ['1 new, show']);

  // The gateway's clock stands where it is: what it answered would put the end off on the page's.
  await page.route('**/api/**', () => {});
  await page.clock.fastForward(28 * 60_000 + 30_000);
  await expect(page.getByRole('button', { name: 'Stay signed in' })).toBeVisible();
  await page.clock.runFor(60_000);
  const ends = (await heard(page)).filter((words) => words.includes('You will be signed out'));
  expect(ends).toHaveLength(1);
});
