import type { Page } from '@playwright/test';
import type { HostedDesk } from './support/desk-host.ts';
import {
  deleteDialog,
  expect,
  isDrawn,
  keyOf,
  openDeleteDialog,
  registryOf,
  startSession,
  test,
  WAITING,
} from './fixtures.ts';

const server = (name: string) => `/servers/${encodeURIComponent(name)}`;

/** Every page, and every kind of server. */
const pages: readonly [what: string, path: string, shown: string | RegExp][] = [
  ['the list', '/servers', 'demo/weather'],
  ['a hosted server', server('demo/weather'), 'Danger zone'],
  ['a server on its own host', server('demo/notion-notes'), 'Danger zone'],
  ['a bundle', server('demo/postgres-readonly'), 'Danger zone'],
  ['a server that was never released', server('demo/standup-notes'), 'Not released yet'],
  ['a server of which no release ran', server('demo/browser-runner'), 'and none ever ran'],
  ['a server that is live on an older release', server('demo/slack-digest'), 'Still live'],
  ['a server that waits for a sign-in', server('demo/mail-merge'), 'Danger zone'],
  ['a server of somebody else', server('studio/calendar'), 'This is not one of your servers'],
  ['a server that was deleted', server('demo/roadmap'), 'How it ended'],
  ['a server that never was', server('demo/none'), 'Server not found'],
  ['the activity', '/activity', 'demo/roadmap'],
  ['the clients', '/clients', 'No client is connected'],
  ['the sign-in page', '/sign-in', 'Where the key goes'],
];

/** Has this page keep every shift, also those that follow a press. */
async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: string[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, sources } = entry as PerformanceEntry & {
          value: number;
          sources: { node: Node | null }[];
        };
        const moved = sources.map(({ node }) => node?.textContent?.slice(0, 60) ?? 'what is gone');
        shifts.push(`${value}: ${moved.join(' | ')}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

const shiftsOf = (page: Page) =>
  page.evaluate(() => (window as unknown as { shifts: readonly string[] }).shifts);

/** Answers come one after the other, and not in the order in which they were asked for. */
async function stagger(page: Page): Promise<void> {
  let asked = 0;
  await page.route(/\/api\//, async (route) => {
    asked += 1;
    await new Promise((resolve) => {
      setTimeout(resolve, (asked * 40) % 120);
    });
    await route.continue();
  });
}

const looks = [
  { width: 1280, height: 1600, colorScheme: 'light', args: [] },
  { width: 375, height: 740, colorScheme: 'dark', args: ['--name', 'Production', '--accent', 'red'] },
] as const;

for (const { width, height, colorScheme, args } of looks) {
  test(
    `nothing moves on any page as it loads, in whatever order answers come: ${width} pixels, ${colorScheme}${args.length > 0 ? ', on a desk with a name' : ''}`,
    WAITING,
    async ({ browser, deskHost }) => {
      const desk: HostedDesk = await deskHost.startWithSamples([...args]);
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      const page = await context.newPage();
      await registryOf(desk).servers.delete('demo/roadmap');
      await startSession(page, desk.url, keyOf(desk));
      await watchShifts(page);
      await stagger(page);
      for (const [what, path, shown] of pages) {
        await page.goto(`${desk.url}${path}`);
        await expect(page.getByText(shown).first(), what).toBeVisible();
        await page.waitForLoadState('networkidle');
        expect([what, await shiftsOf(page)]).toEqual([what, []]);
      }

      await page.goto(`${desk.url}/servers`);
      await isDrawn(page);
      await page.getByRole('button', { name: 'Account', exact: true }).click();
      await expect(page.getByRole('dialog', { name: 'Your account' })).toBeVisible();
      await page.keyboard.press('Escape');
      expect(await shiftsOf(page)).toEqual([]);
      await openDeleteDialog(page, desk.url, 'demo/weather');
      await expect(deleteDialog(page, 'demo/weather')).toContainText('in the last hour');
      await page.waitForLoadState('networkidle');
      // Over a dialog, which may have grown as it learned more.
      const before = await shiftsOf(page);
      await context.clearCookies();
      await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
      await expect(page.getByRole('dialog', { name: 'Sign in again', exact: true })).toBeVisible();
      expect(await shiftsOf(page)).toEqual(before);
      await context.close();
      await desk.stop();
    },
  );
}
