import type { Page } from '@playwright/test';
import { expect, search, serverRow, test as base, WAITING } from './fixtures.ts';
import { giveServers, type RemoteServer } from './support/remote-servers.ts';
import { API_KEY, sendJson } from './support/scripted-registry.ts';

const test = base.extend({
  // The test moves its clock.
  visitor: async ({ visitor }, use) => {
    await visitor.clock.install();
    await use(visitor);
  },
});

const chips = (page: Page) => page.getByRole('group', { name: 'Filter' }).getByRole('button');
const rows = (page: Page) => page.locator('main tbody tr[aria-rowindex]');
const box = (page: Page) => page.getByRole('searchbox', { name: 'Search servers' });

/** Longer than the page lets pass between two questions, for the page alone. */
async function letItAsk(page: Page): Promise<void> {
  await page.clock.runFor(15_000);
}

const calls = (ok: number, failed: number) => [
  ...Array.from({ length: ok }, () => 200),
  ...Array.from({ length: failed }, () => 500),
];

const everyState: Record<string, RemoteServer> = {
  'acme/tides': {
    releases: [['SUCCESS']],
    calls: calls(3, 0),
    fields: { displayName: 'Tide tables', useCount: 40, tools: [{ name: 'get_tide', inputSchema: {} }] },
  },
  'acme/older': { releases: [['FAILURE'], ['SUCCESS']], fields: { useCount: 30 } },
  'acme/broken': { releases: [['FAILURE_SCAN']], reason: 'A problem was found', fields: { useCount: 20 } },
  'acme/asleep': { releases: [['AUTH_REQUIRED']], fields: { useCount: 10 } },
  'acme/planned': { fields: { useCount: 5 } },
  'acme/bundle': { releases: [['SUCCESS', 'stdio']], fields: { useCount: 4 } },
  'acme/failing': { releases: [['SUCCESS']], calls: calls(10, 10), fields: { useCount: 3 } },
  'acme/closed': { fields: { useCount: null } },
};

test(
  'a list elsewhere is there before the rest is known, and what is not known is never none',
  WAITING,
  async ({ visitor: page, remote, managing }) => {
    giveServers(remote, everyState);
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    remote.script = ({ method, target }, response) => {
      if (/^\/servers\/acme%2Fclosed\/(releases|logs|domains)/.test(target)) {
        return sendJson(response, 403, { error: 'Not for this key' });
      }
      const name = decodeURIComponent(/^\/servers\/([^/?]+)$/.exec(target)?.[1] ?? '');
      if (method !== 'GET' || name === '') return undefined;
      const detail = { qualifiedName: name, displayName: name, ...remote.changed.get(name) };
      void opened.then(() => sendJson(response, 200, detail));
      return true;
    };
    await page.goto(`${managing.url}/servers`);
    await expect(rows(page)).toHaveCount(8);
    for (const name of Object.keys(everyState)) {
      await expect(serverRow(page, name)).toContainText('UnknownRelease: unknownCall: unknown');
    }
    await expect(serverRow(page, 'acme/tides')).toContainText('40 uses');
    await expect(serverRow(page, 'acme/closed')).toContainText('uses unknown');
    // A number of which nothing is known is none.
    await expect(chips(page)).toHaveText(['All 8']);
    await expect(page.getByRole('progressbar', { name: 'Loading servers' })).toBeVisible();
    await expect(page.getByText(/^as of /)).toHaveCount(0);

    // Nothing changes under the pointer: it is offered.
    await serverRow(page, 'acme/broken').hover();
    open();
    const offer = page.getByRole('button', { name: /^\d+ changes?, show$/ });
    await expect(async () => {
      await letItAsk(page);
      await expect(offer).toBeVisible({ timeout: 500 });
    }).toPass();
    await expect(serverRow(page, 'acme/tides')).toContainText('Unknown');
    await offer.focus();
    await page.keyboard.press('Enter');
    await expect(offer).toHaveCount(0);
    await expect(serverRow(page, 'acme/tides')).toContainText('Live');
    await page.mouse.move(5, 5);
    await expect(async () => {
      await letItAsk(page);
      await expect(page.getByRole('progressbar')).toHaveCount(0, { timeout: 500 });
      await expect(serverRow(page, 'acme/failing')).toContainText('%', { timeout: 500 });
    }).toPass();

    for (const [name, words] of [
      ['acme/tides', 'LiveRelease: '],
      ['acme/older', 'Needs attention: The latest release failed; an older one is live. It did not start'],
      ['acme/broken', 'The latest release failed, and none ever ran. A problem was found'],
      ['acme/asleep', 'Needs attention: The latest release waits for a sign-in.'],
      ['acme/planned', 'Not releasedRelease: neverCall: unknown'],
      ['acme/bundle', 'Local'],
      ['acme/failing', 'At least 20 % of its calls fail'],
      ['acme/closed', 'UnknownRelease: unknownCall: unknown'],
    ] as const) {
      await expect(serverRow(page, name)).toContainText(words);
    }
    // What is unlisted is not told there: no chip claims to know.
    await expect(chips(page)).toHaveText([
      'All 8',
      'Needs attention 4',
      'Live 3',
      'Failed 1',
      'Not released 1',
      'Local 1',
      'Quiet 0',
    ]);
    for (const [name, count] of [
      ['Needs attention', 4],
      ['Live', 3],
      ['Failed', 1],
      ['Local', 1],
    ] as const) {
      await chips(page)
        .filter({ hasText: new RegExp(`^${name} \\d`) })
        .click();
      await expect(rows(page)).toHaveCount(count);
    }
    await chips(page).first().click();

    await page.getByRole('columnheader', { name: 'Last call' }).getByRole('button').click();
    await expect(rows(page).nth(0)).toContainText(/acme\/(tides|failing)/);
    await expect(rows(page).nth(7)).toContainText('Call: unknown');
    await search(page, 'get_tide');
    await expect(rows(page)).toHaveCount(1);
    await expect(rows(page)).toContainText('tool: get_tide');
    await search(page, 'tdie spaceship');
    await expect(page.getByText(/Did you mean/)).toBeVisible();
    await page.getByRole('button', { name: 'Tide tables', exact: true }).click();
    await expect(box(page)).toHaveValue('Tide tables');
    await expect(serverRow(page, 'acme/tides')).toBeVisible();

    // What is old says how old it is.
    await page.clock.fastForward(10 * 60_000);
    await expect(page.getByText(/^as of .*minutes ago/)).toBeVisible();
  },
);

test('what is on screen is read first, and a key that the registry takes back is asked for over the list', async ({
  visitor: page,
  remote,
  managing,
}) => {
  const names = Array.from({ length: 60 }, (_, at) => `acme/s${String(at).padStart(2, '0')}`);
  giveServers(
    remote,
    Object.fromEntries(names.map((name, at) => [name, { fields: { useCount: 100 - at } }])),
  );
  await page.setViewportSize({ width: 1280, height: 400 });
  await page.goto(`${managing.url}/servers`);
  await expect(rows(page).first()).toBeVisible();
  await box(page).press('ArrowDown');
  await page.keyboard.press('End');
  await expect(serverRow(page, 'acme/s59')).toBeFocused();
  const asked = page.waitForRequest((request) => request.url().includes('name=acme%2Fs59'));
  await letItAsk(page);
  const { pathname, searchParams } = new URL((await asked).url());
  expect(pathname).toBe('/api/-/servers');
  // Those that can be seen, and no others.
  expect(searchParams.getAll('name').length).toBeLessThan(12);
  await (await asked).response();
  const detail = /^\/servers\/([^/?]+)$/;
  const read = remote.requests.length;
  const readSince = () =>
    remote.requests
      .slice(read)
      .flatMap(({ target }) => decodeURIComponent(detail.exec(target)?.[1] ?? '') || []);
  await expect.poll(readSince).toContain('acme/s59');
  // Besides what was under way.
  const before = readSince().slice(0, readSince().indexOf('acme/s59'));
  expect(before.filter((name) => !searchParams.getAll('name').includes(name)).length).toBeLessThanOrEqual(3);

  // The rest is still being read: the registry itself refuses the key, with nobody at the page.
  await search(page, 's5');
  remote.owners.delete(API_KEY);
  const again = page.getByRole('dialog', { name: 'Sign in again', exact: true });
  await expect(async () => {
    await letItAsk(page);
    await expect(again).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(again).toContainText('The registry no longer accepts your key');
  await expect(again.getByLabel('API key', { exact: true })).toBeFocused();
  remote.owners.set('smry_rotated', ['acme']);
  await page.keyboard.type('smry_rotated');
  await page.keyboard.press('Enter');
  await expect(again).toHaveCount(0);
  await expect(box(page)).toHaveValue('s5');
  await expect(page).toHaveURL(/\?q=s5$/);
  await expect(serverRow(page, 'acme/s59')).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
});
