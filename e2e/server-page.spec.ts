import type { Page } from '@playwright/test';
import {
  cancelButton,
  connectPanel,
  deleteDialog,
  expect,
  fact,
  keyOf,
  openDeleteDialog,
  search,
  serverRow,
  startSession,
  test,
} from './fixtures.ts';
import { startMcpServer } from './support/mcp-servers.ts';
import { publishUpstream } from './support/publish-upstream.ts';
import { API_KEY, sendJson, type Script } from './support/scripted-registry.ts';

const open = async (page: Page, url: string, name: string) =>
  page.goto(`${url}/servers/${encodeURIComponent(name)}`);
const deleteServer = (page: Page) => page.getByRole('button', { name: 'Delete server', exact: true });

/** What was asked for under `/api` and was not answered with a success. */
function watchCalls(page: Page): { asked: string[]; refused: string[] } {
  const calls = { asked: [] as string[], refused: [] as string[] };
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (!pathname.startsWith('/api/')) return;
    calls.asked.push(pathname);
    if (response.status() >= 400) calls.refused.push(pathname);
  });
  return calls;
}

const BEHIND = /\/(releases|secrets|domains|logs)(\/|$)|\/-\/servers$/;

test.describe('at its top a server’s page', () => {
  test('says why the only releases failed, and shows the log by keyboard', async ({
    signedIn: page,
    desk,
  }) => {
    await open(page, desk.url, 'demo/browser-runner');
    await expect(page.getByText('The latest release failed, and none ever ran')).toBeVisible();
    await expect(page.getByText('“A problem was found”').first()).toBeVisible();
    await expect(
      page.getByText('The bundle starts a shell with text taken from a tool call').first(),
    ).toBeVisible();
    await page.getByText('See the log').focus();
    await page.keyboard.press('Enter');
    const log = page.getByRole('list', { name: 'Log of the release' });
    await expect(log.getByRole('listitem').last()).toContainText('Error: A problem was found');
    await expect(connectPanel(page)).toHaveCount(0);
    await expect(page.getByRole('link', { name: 'Connect', exact: true })).toHaveCount(0);
  });

  test('says since when an older release is live, and why those after it failed', async ({
    signedIn: page,
    desk,
  }) => {
    await open(page, desk.url, 'demo/slack-digest');
    await expect(page.getByText('The latest release failed: an older one is still live')).toBeVisible();
    await expect(page.getByText(/^Live is the release of .*ago/)).toBeVisible();
    await expect(page.getByText('“The server did not start”')).toBeVisible();
    await expect(connectPanel(page)).toBeVisible();
  });

  test('says how to release what never was', async ({ signedIn: page, desk }) => {
    await open(page, desk.url, 'demo/standup-notes');
    await expect(page.getByText('Not released yet: nothing answers under this name')).toBeVisible();
    const command = page.locator('pre').filter({ hasText: 'mcp publish' });
    await expect(command).toContainText(`SMITHERY_BASE_URL=${desk.registryUrl}`);
    await expect(command).toContainText('-n demo/standup-notes');
    await expect(connectPanel(page)).toHaveCount(0);
    // There is nothing yet that could have any.
    await expect(page.getByRole('region', { name: /^Tools/ })).toHaveCount(0);
  });

  test('says how to resume a release that waits for a sign-in', async ({ signedIn: page, desk }) => {
    await open(page, desk.url, 'demo/refund-desk');
    await expect(page.getByText('The latest release waits for a sign-in: nothing is live')).toBeVisible();
    await expect(page.getByText('Last line of its log:')).toContainText('waiting for the owner');
    await expect(page.getByRole('button', { name: 'Resume release', exact: true })).toBeVisible();
    await page.getByText('Resume it from a terminal').click();
    await expect(
      page.locator('pre').filter({ hasText: 'mcp publish --resume -n demo/refund-desk' }),
    ).toBeVisible();
  });

  test('says nothing where all is well', async ({ signedIn: page, desk }) => {
    await open(page, desk.url, 'demo/weather');
    await expect(page.getByRole('region', { name: 'Live release' })).toBeVisible();
    await expect(page.getByText('See the log')).toHaveCount(0);
  });
});

test('a server of somebody else is shown read-only, and nothing is asked for that is refused', async ({
  signedIn: page,
  desk,
}) => {
  const calls = watchCalls(page);
  await page.clock.install();
  await open(page, desk.url, 'studio/calendar');
  await expect(page.getByText('This is not one of your servers')).toBeVisible();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(connectPanel(page)).toBeVisible();
  await page.clock.runFor(10_000);
  await page.waitForLoadState('networkidle');
  await expect(deleteServer(page)).toHaveCount(0);
  await expect(page.getByText('Secrets', { exact: true })).toHaveCount(0);
  expect(calls.asked).toContain('/api/servers/studio%2Fcalendar');
  expect(calls.asked.filter((path) => BEHIND.test(path))).toEqual([]);
  expect(calls.refused).toEqual([]);
});

test('on a registry elsewhere a failed release says why, and another’s server is read-only', async ({
  page,
  remote,
  managing: desk,
}) => {
  const release = {
    id: 'r-1',
    status: 'FAILURE',
    type: 'hosted_shttp',
    createdAt: '2026-01-02T00:00:00.000Z',
  };
  const logs = [
    { stage: 'deploy', level: 'error', message: 'It did not build', timestamp: '2026-01-02T00:01:00.000Z' },
    { stage: 'deploy', level: 'info', message: 'Cleaned up', timestamp: '2026-01-02T00:02:00.000Z' },
  ];
  remote.script = ((request, response) => {
    if (request.target.startsWith('/servers/acme%2Fweather/releases/r-1')) {
      return sendJson(response, 200, { ...release, logs });
    }
    if (!request.target.startsWith('/servers/acme%2Fweather/releases')) return undefined;
    const pagination = { currentPage: 1, pageSize: 20, totalPages: 1, totalCount: 1 };
    return sendJson(response, 200, { releases: [release], pagination });
  }) satisfies Script;
  await startSession(page, desk.url, API_KEY);
  await open(page, desk.url, 'acme/weather');
  await expect(page.getByText('The latest release failed, and none ever ran')).toBeVisible();
  await expect(page.getByText('“It did not build”')).toBeVisible();
  await expect(page.getByText('Last line of its log:')).toContainText('Cleaned up');
  await expect(fact(page, 'Calls in 7 days')).toHaveText('0');
  await expect(fact(page, 'Failed calls')).toHaveText('No calls to tell by');

  await open(page, desk.url, 'other/calendar');
  await expect(page.getByText('This is not one of your servers')).toBeVisible();
  await page.waitForLoadState('networkidle');
  await expect(deleteServer(page)).toHaveCount(0);
  const asked = remote.requests
    .map(({ target }) => target)
    .filter((target) => target.includes('other%2Fcalendar'));
  expect(asked.filter((target) => BEHIND.test(target.split('?')[0] ?? ''))).toEqual([]);
});

test('a server’s page tells its calls in figures, and what cannot be had is unknown', async ({
  signedIn: page,
  desk,
}) => {
  await open(page, desk.url, 'demo/weather');
  await expect(fact(page, 'Last call')).toContainText('ago');
  await expect(fact(page, 'Calls in 7 days')).toHaveText(/^[1-9][\d,]*$/);
  await expect(fact(page, 'Calls in 30 days')).toHaveText(/^[1-9][\d,]*$/);
  await expect(fact(page, 'Failed calls')).toHaveText(/^(less than )?[\d.]+% in 7 days$/);
  await page.route(/\/api\/-\/servers\?name=/, (route) => route.abort());
  await page.reload();
  for (const term of ['Last call', 'Calls in 7 days', 'Calls in 30 days', 'Failed calls']) {
    await expect(fact(page, term)).toHaveText('unknown');
  }
});

test('only a homepage that its owner set can be visited', async ({ signedIn: page, desk }) => {
  await open(page, desk.url, 'demo/weather');
  await expect(page.getByRole('link', { name: /Visit homepage/ })).toHaveAttribute(
    'href',
    /weather\.example\.com/,
  );
  await open(page, desk.url, 'demo/slack-digest');
  await expect(fact(page, 'Created')).toContainText('ago');
  await expect(page.getByRole('link', { name: /Visit homepage/ })).toHaveCount(0);
});

test('each client has its own words for a server, chosen by keyboard, and a bundle is installed', async ({
  signedIn: page,
  desk,
}) => {
  await open(page, desk.url, 'demo/weather');
  const connect = connectPanel(page);
  for (const [client, words] of [
    ['Claude Code', 'claude mcp add --transport http weather'],
    ['Cursor', '${env:TOUCHMARK_KEY}'],
    ['VS Code', '${input:TOUCHMARK_KEY}'],
    ['Windsurf', '"serverUrl"'],
    ['Codex', 'bearer_token_env_var = "TOUCHMARK_KEY"'],
    ['JSON', '${TOUCHMARK_KEY}'],
    ['Claude Desktop', 'mcp-remote'],
  ] as const) {
    await connect.getByRole('button', { name: client, exact: true }).focus();
    await page.keyboard.press('Enter');
    await expect(connect.locator('pre').filter({ hasText: words }).first()).toBeVisible();
  }
  await open(page, desk.url, 'demo/pdf-reader');
  await expect(connect).toContainText('A bundle runs on the machine of whoever installs it');
  await expect(connect.getByRole('button', { name: 'Cursor' })).toHaveCount(0);
});

test('a page follows secrets and releases within ten seconds', async ({ signedIn: page, desk, registry }) => {
  await page.clock.install();
  await open(page, desk.url, 'demo/standup-notes');
  await expect(fact(page, 'Secrets')).toHaveText('None');
  await registry.servers.secrets.set('demo/standup-notes', { name: 'NEW_TOKEN', value: 'x' });
  await page.clock.runFor(10_000);
  await expect(fact(page, 'Secrets')).toHaveText('NEW_TOKEN');
});

test('a page follows calls and a release from its beginning to its end within ten seconds', async ({
  page,
  deskHost,
}) => {
  const desk = await deskHost.startWithSamples(['--allow-private-upstreams']);
  const upstream = await startMcpServer();
  const headers = { Authorization: `Bearer ${keyOf(desk)}` };
  const name = 'demo/standup-notes';
  await startSession(page, desk.url, keyOf(desk));
  await page.clock.install();
  await open(page, desk.url, name);
  await expect(page.getByText('Not released yet: nothing answers under this name')).toBeVisible();
  await expect(fact(page, 'Last call')).toHaveText('None');
  upstream.isHanging = true;
  // Whether it is live in time is for the page to say.
  const published = publishUpstream(desk.registryUrl, { name, upstreamUrl: upstream.url, headers }).catch(
    () => undefined,
  );
  const underWay = page.getByText('The first release is under way');
  await expect(async () => {
    await page.clock.runFor(10_000);
    await expect(underWay).toBeVisible({ timeout: 500 });
  }).toPass();
  upstream.letGo();
  await published;
  await expect(async () => {
    await page.clock.runFor(10_000);
    await expect(page.getByRole('region', { name: 'Live release' })).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(underWay).toHaveCount(0);
  await expect(connectPanel(page)).toBeVisible();

  const called = await fetch(`${desk.registryUrl}/mcp/${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: {
      ...headers,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  });
  await called.text();
  await expect(async () => {
    await page.clock.runFor(10_000);
    await expect(fact(page, 'Calls in 7 days')).toHaveText('1', { timeout: 500 });
  }).toPass();
  await expect(fact(page, 'Last call')).toContainText(/ago|just now/);
  await page.context().close();
  await desk.stop();
  await upstream.close();
});

test('parts that failed without a network come back with it, by themselves', async ({
  signedIn: page,
  desk,
}) => {
  // So that nothing comes of waiting.
  await page.clock.install();
  const parts = /\/api\/servers\/demo%2Fweather\/(secrets|domains|releases)/;
  await page.route(parts, (route) => route.abort());
  await open(page, desk.url, 'demo/weather');
  await expect(fact(page, 'Secrets')).toHaveText('unknown');
  await expect(page.getByText('Releases could not be loaded')).toBeVisible();
  await page.unroute(parts);
  await page.context().setOffline(true);
  await page.context().setOffline(false);
  await expect(fact(page, 'Secrets')).toContainText('FORECAST_API_KEY');
  await expect(page.getByRole('region', { name: 'Live release' })).toContainText('Live');
  await expect(page.getByText('Releases could not be loaded')).toHaveCount(0);
});

test('a page that was never loaded says offline that it is so, and comes with the network', async ({
  signedIn: page,
  desk,
}) => {
  await page.goto(`${desk.url}/clients`);
  await expect(page.getByRole('heading', { name: 'Clients', level: 1 })).toBeVisible();
  await page.waitForLoadState('networkidle');
  await page.context().setOffline(true);
  await page.getByRole('link', { name: 'Activity' }).click();
  await expect(page.getByRole('heading', { name: 'You are offline', level: 1 })).toBeVisible();
  await expect(page.getByText('error of its own')).toHaveCount(0);
  await page.context().setOffline(false);
  await expect(page.getByRole('heading', { name: 'Activity', level: 1 })).toBeVisible();
});

test.describe('an exact time', () => {
  test.use({ timezoneId: 'Europe/Berlin' });

  test('is told in the owner’s zone and in UTC, by keyboard', async ({ signedIn: page, desk }) => {
    await open(page, desk.url, 'demo/weather');
    const time = fact(page, 'Created').getByRole('button');
    await time.focus();
    const exact = page.getByRole('tooltip');
    await expect(exact).toContainText(/GMT\+[12]/);
    await expect(exact).toContainText(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    await expect(time).toHaveAccessibleDescription(/GMT\+[12].*UTC/);
    await page.keyboard.press('Escape');
    await expect(exact).toHaveCount(0);
    await expect(time).toBeFocused();
  });
});

test('a tab is told by its qualified name', async ({ signedIn: page, desk }) => {
  await open(page, desk.url, 'demo/weather');
  await expect(page).toHaveTitle('demo/weather · Weather · Touchmark');
});

test.describe('on a phone', () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 375, height: 740 } });

  test('what is tapped is large enough, and an exact time opens by a tap', async ({
    signedIn: page,
    desk,
  }) => {
    await open(page, desk.url, 'demo/weather');
    await expect(deleteServer(page)).toBeEnabled();
    await page.waitForLoadState('networkidle');
    expect(await smallTargets(page)).toEqual([]);
    await fact(page, 'Created').getByRole('button').tap();
    await expect(page.getByRole('tooltip')).toContainText('UTC');
    await page.getByRole('heading', { name: 'Facts' }).tap();
    await expect(page.getByRole('tooltip')).toHaveCount(0);
    await deleteServer(page).tap();
    await expect(deleteDialog(page, 'demo/weather')).toBeVisible();
    expect(await smallTargets(page)).toEqual([]);
  });

  test('so is what helps where something is wrong', async ({ signedIn: page, desk }) => {
    for (const name of ['demo/refund-desk', 'demo/slack-digest', 'demo/standup-notes']) {
      await open(page, desk.url, name);
      await expect(deleteServer(page)).toBeEnabled();
      await page.waitForLoadState('networkidle');
      expect([name, await smallTargets(page)]).toEqual([name, []]);
    }
  });
});

/** What can be pressed and is smaller than 44 px, save times and links within a text. */
async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        'main :is(a, button, summary, select), [role=alertdialog] button',
      ),
    ]
      .filter((element) => element.querySelector('time') === null && element.closest('p') === null)
      .filter((element) => element.checkVisibility())
      .filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        return Math.round(width) < 44 || Math.round(height) < 44;
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  );
}

test('Delete and Cancel are told apart where colours are the person’s own', async ({
  signedIn: page,
  desk,
}) => {
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  await openDeleteDialog(page, desk.url, 'demo/weather');
  await deleteDialog(page, 'demo/weather').locator('input').fill('demo/weather');
  const look = (name: string) =>
    page.getByRole('button', { name, exact: true }).evaluate((element) => {
      const { backgroundColor, color, borderStyle } = getComputedStyle(element);
      return { backgroundColor, color, borderStyle };
    });
  const cancel = await look('Cancel, keep server');
  const remove = await look('Delete server permanently');
  expect(remove.backgroundColor).not.toBe(cancel.backgroundColor);
  expect(remove.borderStyle).not.toBe(cancel.borderStyle);
});

test.describe('the delete dialog', () => {
  test('is described by its verdict, the calls and the live release, and reads the counts out once', async ({
    signedIn: page,
    desk,
  }) => {
    await openDeleteDialog(page, desk.url, 'demo/weather');
    const dialog = deleteDialog(page, 'demo/weather');
    await expect(dialog).toHaveAccessibleDescription(
      /cannot be undone\. In use: \d[\d,]* calls in the last 7 days\. Calls \d.* in the last hour Live release Stops answering/,
    );
    await expect(dialog.getByRole('status').filter({ hasText: 'In use' })).toHaveCount(1);
  });

  test('has words that fit a bundle, and the plural of what there is', async ({ signedIn: page, desk }) => {
    await openDeleteDialog(page, desk.url, 'demo/pdf-reader');
    const dialog = deleteDialog(page, 'demo/pdf-reader');
    await expect(dialog).toContainText('Can no longer be downloaded');
    await expect(dialog).toContainText('1 release with its log');
    await expect(dialog).toContainText('it can be downloaded, and runs on their own machines');
  });

  test('has one line for a server that has nothing', async ({ signedIn: page, desk }) => {
    await open(page, desk.url, 'demo/standup-notes');
    await expect(fact(page, 'Domains')).toHaveText('None');
    await deleteServer(page).click();
    const dialog = deleteDialog(page, 'demo/standup-notes');
    await expect(dialog).toContainText('Nothing else ends with it: it was never released');
    await expect(dialog.getByText('None', { exact: true })).toHaveCount(0);
    await expect(dialog).toHaveAccessibleDescription(/Nothing else ends with it/);
    await cancelButton(page).click();
  });
});

test('a server’s page fits every width, whatever it has to say', async ({ signedIn: page, desk }) => {
  for (const name of [
    'demo/slack-digest',
    'demo/refund-desk',
    'demo/pdf-reader',
    'demo/enterprise-resource-planning-integration-gateway-for-warehouses',
  ]) {
    await open(page, desk.url, name);
    await expect(deleteServer(page)).toBeEnabled();
    for (const width of [320, 768, 2560]) {
      await page.setViewportSize({ width, height: 800 });
      expect([name, width, await page.evaluate(widest)]).toEqual([name, width, []]);
    }
  }
});

/** What of the page itself reaches beyond the window. */
function widest(): string[] {
  return [...document.querySelectorAll('main *')]
    .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
    .map((element) => element.outerHTML.slice(0, 120));
}

test('no browser translates a qualified name, wherever one is shown', async ({ owner: page, desk }) => {
  const shown = async () => {
    await page.waitForLoadState('networkidle');
    expect(await translatedNames(page)).toEqual([]);
  };
  await open(page, desk.url, 'demo/weather');
  await expect(deleteServer(page)).toBeEnabled();
  await shown();
  await deleteServer(page).click();
  const dialog = deleteDialog(page, 'demo/weather');
  await expect(dialog).toContainText('2 secrets');
  await shown();
  await dialog.locator('input').fill('demo/weather');
  await page.getByRole('button', { name: 'Delete server permanently' }).click();
  await expect(page.getByText('Deleted demo/weather', { exact: true })).toBeVisible();
  await search(page, 'archive');
  await expect(serverRow(page, 'demo/weather-archive')).toBeVisible();
  await shown();
  await page.getByRole('link', { name: 'Activity' }).click();
  await expect(page.getByText('demo/weather', { exact: true }).first()).toBeVisible();
  await shown();
  await open(page, desk.url, 'demo/weather');
  await expect(page.getByRole('main')).toContainText('demo/weather');
  await shown();
});

/** The texts of the page that hold a qualified name and may be translated. */
async function translatedNames(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.textContent ?? '';
      if (!/\bdemo\/[a-z]/.test(text)) continue;
      if (node.parentElement?.closest('[translate="no"]') === null) found.push(text);
    }
    return found;
  });
}
