import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, keyOf, letPressesCount, startSession, test } from './fixtures.ts';
import type { HostedDesk } from './support/desk-host.ts';
import { type RunningMcpServer, startMcpServer } from './support/mcp-servers.ts';
import { release } from './support/publishing.ts';
import { API_KEY, sendJson } from './support/scripted-registry.ts';
import { addWaitingRelease } from './support/waiting-release.ts';

const NAME = 'demo/closed';
const WAITS = 'The latest release waits for a sign-in: nothing is live';

const open = async (page: Page, url: string, name: string) =>
  page.goto(`${url}/servers/${encodeURIComponent(name)}`);
const resumeButton = (page: Page) => page.getByRole('button', { name: 'Resume release', exact: true });
const told = (page: Page, words: string | RegExp) => page.getByRole('status').filter({ hasText: words });

/** How many resumes of releases the page asks for. */
function countResumes(page: Page): () => number {
  let count = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/resume')) count += 1;
  });
  return () => count;
}

/** Publishes a server that asks for a sign-in, so that its release waits. */
async function publishClosed({ registryUrl, ownerKey = '' }: HostedDesk, upstream: RunningMcpServer) {
  const headers = { Authorization: `Bearer ${ownerKey}` };
  const server = `${registryUrl}/servers/${encodeURIComponent(NAME)}`;
  await fetch(server, { method: 'PUT', headers });
  const send = async (request: Request) =>
    fetch(new Request(registryUrl + new URL(request.url).pathname, request));
  const payload = { type: 'external', upstreamUrl: upstream.url };
  const id = await release({ fetch: send, ownerKey }, NAME, { payload });
  const statusOf = async () =>
    ((await (await fetch(`${server}/releases/${id}`, { headers })).json()) as { status: string }).status;
  await expect.poll(statusOf).toBe('AUTH_REQUIRED');
}

test('a release that waits for a sign-in is resumed by keyboard, again where the server lets nobody in, and followed until it is live', async ({
  page,
  deskHost,
}) => {
  const desk = await deskHost.startWithSamples(['--allow-private-upstreams']);
  const upstream = await startMcpServer({ authorization: 'Bearer nobody-knows' });
  await publishClosed(desk, upstream);
  await startSession(page, desk.url, keyOf(desk));
  const resumes = countResumes(page);
  await open(page, desk.url, NAME);
  await expect(page.getByText(WAITS)).toBeVisible();
  await expect(page.getByText('Last line of its log:')).toContainText('asks for a sign-in (401)');
  await expect(page.getByText(/^Let the registry in at 127\.0\.0\.1:\d+/)).toBeVisible();

  await resumeButton(page).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(told(page, 'The release was resumed, and waits for a sign-in.')).toBeAttached();
  await expect(page.getByText('It was resumed, and waits for a sign-in')).toBeVisible();
  // What was pressed has gone for a while: the focus is where it was shown.
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true);
  const violations: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations: found } = await new AxeBuilder({ page }).analyze();
    violations.push(...found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`));
  }
  expect(violations).toEqual([]);
  expect(resumes()).toBe(1);

  upstream.authorization = null;
  await resumeButton(page).focus();
  await page.keyboard.press('Space');
  await expect(page.getByText('The release that you resumed is live')).toBeVisible();
  await expect(told(page, 'The release was resumed, and is live.')).toBeAttached();
  await expect(page.getByRole('region', { name: 'Live release' })).toBeVisible();
  await expect(resumeButton(page)).toHaveCount(0);
  expect(resumes()).toBe(2);

  await page.getByRole('link', { name: 'Activity', exact: true }).click();
  const rows = page.getByRole('row').filter({ hasText: 'Resume a release of' });
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText(NAME);
  await expect(rows.first()).toContainText('Desk');
  await page.context().close();
  await desk.stop();
  await upstream.close();
});

test('a double click sends once, and the end of the session in the midst asks for the key and loses nothing', async ({
  page,
  remote: registry,
  managing: desk,
}) => {
  const played = addWaitingRelease(registry, 'acme/weather');
  played.release.logs = [
    {
      stage: 'scan',
      level: 'info',
      message: 'Sign in at https://id.example.com/start?for=weather, then resume.',
      timestamp: played.release.createdAt,
    },
  ];
  await startSession(page, desk.url, API_KEY);
  await open(page, desk.url, 'acme/weather');
  await expect(page.getByRole('link', { name: 'Sign in at id.example.com' })).toHaveAttribute(
    'href',
    'https://id.example.com/start?for=weather',
  );
  await expect(resumeButton(page)).toBeVisible();
  // It is the press that meets the end, and no question of the page before it.
  const isRead = ({ pathname }: URL) => pathname.startsWith('/api/') && !pathname.endsWith('/resume');
  await page.route(isRead, (route) => route.abort());
  await page.context().clearCookies();
  await resumeButton(page).click();
  await expect(page.getByRole('dialog', { name: 'Sign in again', exact: true })).toBeVisible();
  await page.unroute(isRead);
  const again = page.getByRole('dialog', { name: 'Sign in again', exact: true });
  await again.getByLabel('API key', { exact: true }).fill(API_KEY);
  await page.keyboard.press('Enter');
  await expect(again).toHaveCount(0);
  await expect(page.getByRole('alert')).toContainText('Nothing was resumed. Once you are signed in again');
  expect(played.resumes()).toBe(0);

  await letPressesCount(page);
  await resumeButton(page).dblclick();
  await expect(page.getByText('The first release is under way')).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
  expect(played.resumes()).toBe(1);
  played.goOn('FAILURE');
  await expect(page.getByText('The latest release failed, and none ever ran')).toBeVisible();
  await expect(told(page, 'The release was resumed, and did not go live.')).toBeAttached();
});

test('on a registry elsewhere a resume is refused in its words, and one whose answer is lost is found out', async ({
  page,
  remote: registry,
  managing: desk,
}) => {
  const played = addWaitingRelease(registry, 'acme/weather');
  await startSession(page, desk.url, API_KEY);
  await open(page, desk.url, 'acme/weather');
  played.onResume = (response) => sendJson(response, 400, { error: 'Finish the sign-in first' });
  await resumeButton(page).click();
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('The release was not resumed');
  await expect(alert).toContainText(
    'The registry answered 400: “Finish the sign-in first”. Nothing was resumed.',
  );
  await page.setViewportSize({ width: 375, height: 740 });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);

  // What became of it cannot be told: the registry says nothing that was not so before.
  played.onResume = (response) => {
    played.goOn('AUTH_REQUIRED');
    response.destroy();
  };
  await resumeButton(page).click();
  await expect(page.getByText('Outcome unknown, checking…')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Checking…' })).toHaveAttribute('aria-disabled', 'true');
  played.goOn();
  await expect(page.getByText('The first release is under way')).toBeVisible();
  await expect(told(page, 'The release was resumed, and is under way.')).toBeAttached({ timeout: 20_000 });
  expect(played.resumes()).toBe(2);
});

test('a server that is deleted while its release is resumed is told as such', async ({
  page,
  remote: registry,
  managing: desk,
}) => {
  addWaitingRelease(registry, 'acme/weather');
  await startSession(page, desk.url, API_KEY);
  await open(page, desk.url, 'acme/weather');
  await expect(resumeButton(page)).toBeVisible();
  registry.servers.delete('acme/weather');
  await resumeButton(page).click();
  await expect(page.getByRole('main')).toContainText('no longer exists');
  await expect(resumeButton(page)).toHaveCount(0);
});
