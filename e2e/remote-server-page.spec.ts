import type { Page } from '@playwright/test';
import {
  confirmationField,
  connectPanel,
  deleteDialog,
  expect,
  fact,
  letPressesCount,
  search,
  serverRow,
  startSession,
  test,
} from './fixtures.ts';
import { giveServers, tell } from './support/remote-servers.ts';
import { API_KEY, sendJson } from './support/scripted-registry.ts';
import { createVisitor } from './support/visitor.ts';

const NAME = 'acme/tides';
const MCP_URL = 'https://tides.example/mcp';

const open = async (page: Page, url: string, name: string) =>
  page.goto(`${url}/servers/${encodeURIComponent(name)}`);
const history = (page: Page) => page.getByRole('region', { name: 'History' });

test('at its top a page says what is wrong on a registry elsewhere, why, and what helps', async ({
  page,
  remote,
  managing: desk,
}) => {
  giveServers(remote, {
    'acme/older': { releases: [['FAILURE'], ['INTERNAL_ERROR'], ['SUCCESS']], reason: 'Port 80 is taken' },
    'acme/asleep': { releases: [['AUTH_REQUIRED']], reason: 'Waiting for the owner' },
    'acme/planned': {},
    'acme/running': { releases: [['WORKING']], reason: 'Building' },
    'acme/well': { releases: [['SUCCESS']] },
    'acme/closed': {},
  });
  remote.script = ({ target }, response) =>
    /^\/servers\/acme%2Fclosed\/(releases|logs|secrets|domains)/.test(target)
      ? sendJson(response, 403, { error: 'Not for this key' })
      : undefined;
  await startSession(page, desk.url, API_KEY);
  await page.clock.install();

  await open(page, desk.url, 'acme/older');
  await expect(page.getByText('The latest release failed: an older one is still live')).toBeVisible();
  await expect(page.getByText(/^Live is the release of .*3 days ago/)).toBeVisible();
  await expect(page.getByText('“Port 80 is taken”')).toHaveCount(2);
  await page.getByText('See the log').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('list', { name: 'Log of the release' })).toContainText('Port 80 is taken');

  await open(page, desk.url, 'acme/asleep');
  await expect(page.getByText('The latest release waits for a sign-in: nothing is live')).toBeVisible();
  await expect(page.getByText('Waiting for the owner').first()).toBeVisible();

  await open(page, desk.url, 'acme/planned');
  await expect(page.getByText('Not released yet: nothing answers under this name')).toBeVisible();
  const command = page.locator('pre').filter({ hasText: 'mcp publish' });
  await expect(command).toContainText(`SMITHERY_BASE_URL=${remote.url}`);
  await expect(command).toContainText('-n acme/planned');
  await expect(connectPanel(page)).toHaveCount(0);

  // A release that runs is followed until it ends.
  await open(page, desk.url, 'acme/running');
  await expect(page.getByText('The first release is under way')).toBeVisible();
  tell(remote.answers, 'acme/running', { releases: [['SUCCESS']] });
  await page.clock.runFor(10_000);
  await expect(page.getByText('The first release is under way')).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Live release' })).toBeVisible();

  await open(page, desk.url, 'acme/well');
  await expect(page.getByRole('region', { name: 'Live release' })).toBeVisible();
  await expect(page.getByText('See the log')).toHaveCount(0);

  // What is refused is unknown: neither none nor an alarm at the top.
  await open(page, desk.url, 'acme/closed');
  await expect(fact(page, 'Secrets')).toHaveText('unknown');
  await expect(fact(page, 'Releases')).toHaveText('unknown');
  await expect(fact(page, 'Domains')).toHaveText('unknown');
  await expect(page.getByText('Not released yet')).toHaveCount(0);
});

test('a server elsewhere: how it is connected to, its history at this desk, its delete and what is left of it', async ({
  page,
  remote,
  managing: desk,
}) => {
  const host = new URL(remote.url).host;
  giveServers(remote, {
    [NAME]: {
      releases: [['SUCCESS']],
      calls: [200, 200, 500],
      fields: {
        displayName: 'Tide tables',
        remote: true,
        connections: [{ type: 'http', deploymentUrl: MCP_URL, configSchema: {} }],
      },
    },
    'acme/tides-archive': { releases: [['SUCCESS']] },
  });
  await startSession(page, desk.url, API_KEY);
  await page.goto(`${desk.url}/servers`);
  await search(page, 'tides');
  await serverRow(page, NAME).press('Enter');

  const connect = connectPanel(page);
  for (const [client, words] of [
    ['Claude Code', `claude mcp add --transport http tides ${MCP_URL}`],
    ['VS Code', MCP_URL],
    ['JSON', MCP_URL],
  ] as const) {
    await connect.getByRole('button', { name: client, exact: true }).press('Enter');
    await expect(connect.locator('pre').filter({ hasText: words }).first()).toBeVisible();
  }
  // It is called at its own address, which wants no key of this registry.
  await expect(connect).not.toContainText('TOUCHMARK_KEY');
  await expect(connect).not.toContainText('this registry');

  await expect(history(page)).toContainText('No change was made through this desk.');
  const visitor = createVisitor(desk.url);
  await visitor.signIn({ apiKey: API_KEY });
  await visitor.updateServer(NAME, { displayName: 'Tides' });
  await page.locator('main').getByRole('link', { name: 'Servers', exact: true }).press('Enter');
  await serverRow(page, NAME).press('Enter');
  await expect(history(page).getByRole('listitem')).toHaveCount(1);
  await expect(history(page)).toContainText(/This key.*Desk/);
  await expect(
    history(page).getByRole('link', { name: 'All changes of it through this desk' }),
  ).toBeVisible();

  await page.getByRole('button', { name: 'Delete server', exact: true }).press('Enter');
  const dialog = deleteDialog(page, NAME);
  await expect(dialog).toContainText(host);
  await expect(dialog).toContainText('as an owner of acme');
  await expect(dialog).toHaveAccessibleDescription(
    /cannot be undone\. In use: 3 calls in the last 7 days\. Calls 3 calls in 7 days.* Live release Stops answering/,
  );
  await confirmationField(page, NAME).fill(NAME);
  await page.keyboard.press('Enter');
  const toast = page.getByRole('status').filter({ hasText: `Deleted ${NAME}` });
  await expect(toast).toContainText(host);
  await expect(toast).toContainText('as an owner of acme');
  await expect(page).toHaveURL(/\/servers\?q=tides$/);
  await expect(serverRow(page, 'acme/tides-archive')).toBeFocused();
  await expect(page.getByRole('button', { name: 'All 1', exact: true })).toBeVisible();

  await letPressesCount(page);
  await page.getByRole('link', { name: 'Activity', exact: true }).press('Enter');
  await page.getByRole('link', { name: NAME, exact: true }).first().press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: NAME, exact: true })).toBeFocused();
  await expect(page.getByRole('main').getByText('Deleted', { exact: true }).first()).toBeVisible();
  const end = page.getByRole('region', { name: 'How it ended' });
  // What only the registry could tell is not made up.
  await expect(end).toContainText('What went with itnot known');
  await expect(end).toContainText('Whether it is held for its former owner is not known');
  await expect(history(page).getByRole('listitem')).toHaveCount(2);
  await page.getByRole('link', { name: 'Back to servers', exact: true }).press('Enter');
  await expect(page).toHaveURL(/\/servers\?q=tides$/);
  await expect(serverRow(page, 'acme/tides-archive')).toBeVisible();
});
