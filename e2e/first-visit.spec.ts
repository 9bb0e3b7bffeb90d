import { randomBytes } from 'node:crypto';
import type { Page } from '@playwright/test';
import { filledDesk, type FilledDesk } from './bench/filled-desk.ts';
import { expect, startSession, test } from './fixtures.ts';
import { type PageLoad, recordLoads } from './support/page-loads.ts';

// As large as small icons are, and nothing that compressing makes much smaller.
const ICON_BYTES = 1500;

/** Opens the list with nothing cached, and resolves with all that it loaded until every server is there. */
async function firstVisit(page: Page, desk: FilledDesk, count: number): Promise<PageLoad[]> {
  await startSession(page, desk.url, desk.apiKey);
  const loads = await recordLoads(page);
  await page.goto(`${desk.url}/servers`);
  await expect(page.locator('main table[aria-rowcount]')).toHaveAttribute(
    'aria-rowcount',
    String(count + 1),
    {
      timeout: 60_000,
    },
  );
  await page.waitForLoadState('networkidle');
  // Longer than anything waits that begins by itself, save for what is asked for again and again.
  await page.waitForTimeout(2500);
  return [...loads.values()];
}

async function giveIcons(desk: FilledDesk): Promise<void> {
  const headers = { Authorization: `Bearer ${desk.apiKey}` };
  const list = await fetch(`${desk.registryUrl}/servers?namespace=bench&pageSize=100`, { headers });
  const { servers } = (await list.json()) as { servers: { qualifiedName: string }[] };
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><!-- ${randomBytes(ICON_BYTES / 2).toString('hex')} --><rect width="32" height="32"/></svg>`;
  for (const { qualifiedName } of servers.slice(0, 40)) {
    const body = new FormData();
    body.append('icon', new Blob([drawing], { type: 'image/svg+xml' }), 'icon.svg');
    const path = `${desk.registryUrl}/servers/${encodeURIComponent(qualifiedName)}/icon`;
    const answer = await fetch(path, { method: 'PUT', headers, body });
    expect(answer.status).toBe(200);
  }
}

test('a first visit to 200 servers with icons takes at most 16 requests and 200 kB', async ({ page }) => {
  const desk = await filledDesk(200, { released: true });
  try {
    await giveIcons(desk);
    const loads = await firstVisit(page, desk, 200);
    const asked = loads.map(({ url }) => url.replace(desk.url, ''));
    const kilobytes = loads.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
    expect(asked.length, asked.join('\n')).toBeLessThanOrEqual(16);
    expect(kilobytes).toBeLessThanOrEqual(200);
    const calls = asked.filter((path) => path.startsWith('/api/'));
    // A slow machine draws the rows around those in sight later, and asks for their icons then.
    expect(new Set(calls.map((path) => path.split('?', 1)[0]))).toEqual(
      new Set(['/api/-/desk', '/api/-/icons']),
    );
    expect(calls.length, calls.join('\n')).toBeLessThanOrEqual(3);
    await expect(page.locator('main table img').first()).toBeVisible();
  } finally {
    await desk.stop();
  }
});

test('10,000 servers are in the browser in at most 12 requests of theirs, the first of them with the session', async ({
  page,
}) => {
  const desk = await filledDesk(10_000, { released: true });
  try {
    const loads = await firstVisit(page, desk, 10_000);
    const calls = loads
      .map(({ url }) => url.replace(desk.url, ''))
      .filter((path) => path.startsWith('/api/'));
    expect(calls[0]).toMatch(/^\/api\/-\/desk\?/);
    const ofServers = calls.filter((path) => /^\/api\/-\/(desk|servers)\?/.test(path));
    expect(ofServers.length, calls.join('\n')).toBeLessThanOrEqual(12);
    await expect(page.getByText('10,000 servers').first()).toBeVisible();
  } finally {
    await desk.stop();
  }
});
