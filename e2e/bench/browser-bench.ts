import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright';
import { chromiumArguments } from '../support/browser.ts';
import { confirmationField, deleteButton, signIn } from '../fixtures.ts';
import { type PageLoad, recordLoads } from '../support/page-loads.ts';
import { filledDesk } from './filled-desk.ts';
import { medianRow, timed, type Row } from './measure.ts';
import { collectMarks, ROW } from './page-marks.ts';

const RUNS = 5;
// Short and noisy: more of them.
const DELETES = 21;
/** Starts a browser, runs the work with it and closes it. */
export async function withBrowser<T>(
  executablePath: string,
  work: (browser: Browser) => Promise<T>,
): Promise<T> {
  const browser = await chromium.launch({ executablePath, args: chromiumArguments });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

/** A context of its own, as wide as a laptop's window. */
export async function newContext(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  // The compiler that runs this file names functions through a helper, which those sent to a page lack there.
  await context.addInitScript({ content: 'globalThis.__name = (value) => value;' });
  return context;
}

/** First visit to the list with 200 servers and an empty cache: what is loaded, and when it can be seen. */
export async function firstVisit(browser: Browser): Promise<Row[]> {
  const desk = await filledDesk(200);
  const samples: Record<string, number>[] = [];
  try {
    const signedIn = await newContext(browser);
    await signIn(await signedIn.newPage(), desk.url, desk.apiKey);
    const storageState = await signedIn.storageState();
    await signedIn.close();
    for (let run = 0; run < RUNS; run += 1) {
      const context = await newContext(browser, { storageState });
      samples.push(await visit(context, `${desk.url}/servers`));
      await context.close();
    }
  } finally {
    await desk.stop();
  }
  const group = 'First visit to /servers, 200 servers, cold cache';
  const units: [string, Row['unit']][] = [
    ['JS until rows are visible', 'kB'],
    ['all JS with prefetches', 'kB'],
    ['CSS', 'kB'],
    ['all bytes', 'kB'],
    ['requests', 'count'],
    ['first data requested after navigation', 'ms'],
    ['last initial JS received after navigation', 'ms'],
    ['FCP', 'ms'],
    ['LCP', 'ms'],
    ['rows visible', 'ms'],
    ['CLS', 'score'],
  ];
  return units.map(([name, unit]) =>
    medianRow(
      group,
      name,
      unit,
      samples.map((sample) => sample[name] ?? Number.NaN),
    ),
  );
}

async function visit(context: BrowserContext, url: string): Promise<Record<string, number>> {
  const page = await context.newPage();
  await page.addInitScript(collectMarks, ROW);
  const loaded = await recordLoads(page);
  await page.goto(url);
  await page.waitForSelector(ROW);
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(500);
  const marks = await page.evaluate(() => window.marks);
  const all = [...loaded.values()];
  const start = Math.min(...all.map(({ started }) => started));
  const scripts = all.filter(({ type }) => type === 'Script');
  const initial = scripts.filter(({ ended }) => (ended - start) * 1000 <= marks.rowsVisible);
  const data = all.filter(({ url: address }) => new URL(address).pathname.startsWith('/api/'));
  const kilobytes = (some: PageLoad[]): number => some.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
  return {
    'JS until rows are visible': kilobytes(initial),
    'all JS with prefetches': kilobytes(scripts),
    CSS: kilobytes(all.filter(({ type }) => type === 'Stylesheet')),
    'all bytes': kilobytes(all),
    requests: all.length,
    'first data requested after navigation': (Math.min(...data.map(({ started }) => started)) - start) * 1000,
    'last initial JS received after navigation':
      (Math.max(...initial.map(({ ended }) => ended)) - start) * 1000,
    FCP: marks.firstPaint,
    LCP: marks.largestPaint,
    'rows visible': marks.rowsVisible,
    CLS: marks.layoutShift,
  };
}

/** From the final click to the row being gone, beside the registry's own time for a delete of the same kind. */
export async function deleteLatency(browser: Browser): Promise<Row[]> {
  const desk = await filledDesk(200);
  const inPage: number[] = [];
  const direct: number[] = [];
  try {
    const context = await newContext(browser);
    const page = await context.newPage();
    await signIn(page, desk.url, desk.apiKey);
    const headers = { Authorization: `Bearer ${desk.apiKey}` };
    const answer = await fetch(`${desk.registryUrl}/servers?namespace=bench&pageSize=${2 * DELETES}`, {
      headers,
    });
    const { servers } = (await answer.json()) as { servers: { qualifiedName: string }[] };
    const names = servers.map(({ qualifiedName }) => qualifiedName);
    for (let run = 0; run < DELETES; run += 1) {
      const [shown = '', plain = ''] = names.slice(run * 2);
      inPage.push(await deleteInPage(page, desk.url, shown));
      // What the list asks for next must not stand in the way of the other. The page's load states are of no use here:
      // it was idle once already.
      await page.waitForTimeout(1500);
      const path = `${desk.registryUrl}/servers/${encodeURIComponent(plain)}`;
      direct.push(await timed(async () => (await fetch(path, { method: 'DELETE', headers })).text()));
    }
  } finally {
    await desk.stop();
  }
  const group = 'Delete: final click to row gone';
  return [
    medianRow(group, 'click to row gone', 'ms', inPage),
    medianRow(group, "the registry's own delete", 'ms', direct),
    medianRow(
      group,
      'added',
      'ms',
      inPage.map((time, index) => time - (direct[index] ?? 0)),
    ),
  ];
}

async function deleteInPage(page: Page, url: string, name: string): Promise<number> {
  await page.goto(`${url}/servers`);
  const link = page.locator(`a[href="/servers/${encodeURIComponent(name)}"]`);
  await page.getByRole('searchbox', { name: 'Search servers' }).fill(name);
  await link.click();
  await page.getByRole('button', { name: 'Delete server', exact: true }).click();
  await confirmationField(page, name).fill(name);
  // Whoever is about to press has the pointer there already.
  await deleteButton(page).hover();
  await page.waitForTimeout(300);
  await page.evaluate(
    ({ heading, selector }) => {
      window.elapsed = new Promise((resolve) => {
        let clicked = Number.NaN;
        document.addEventListener('click', () => (clicked = performance.now()), {
          once: true,
          capture: true,
        });
        const watch = (): void => {
          const title = document.querySelector('h1')?.textContent?.trim();
          const isGone = title?.startsWith(heading) === true && document.querySelector(selector) === null;
          if (isGone && !Number.isNaN(clicked)) resolve(performance.now() - clicked);
          else requestAnimationFrame(watch);
        };
        watch();
      });
    },
    { heading: 'Servers', selector: `main a[href="/servers/${encodeURIComponent(name)}"]` },
  );
  await deleteButton(page).click();
  return page.evaluate(() => window.elapsed);
}
