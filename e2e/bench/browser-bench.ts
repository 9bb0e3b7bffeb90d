import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright';
import { chromiumArguments } from '../support/browser.ts';
import { confirmationField, deleteButton, signIn } from '../fixtures.ts';
import { filledDesk } from './filled-desk.ts';
import { medianRow, timed, type Row } from './measure.ts';

const RUNS = 5;
// Short and noisy: more of them.
const DELETES = 21;
const ROW = 'main a[href^="/servers/"]';

/** What the page itself measures; put into it before it loads. */
interface PageMarks {
  rowsVisible: number;
  firstPaint: number;
  largestPaint: number;
  layoutShift: number;
}

declare global {
  interface Window {
    marks: PageMarks;
    /** Settles with the milliseconds from what the person did to what it changed. */
    elapsed: Promise<number>;
  }
}

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

async function newContext(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
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

interface Loaded {
  url: string;
  type: string;
  bytes: number;
  started: number;
  ended: number;
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
  const kilobytes = (some: Loaded[]): number => some.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
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

// Bytes as they went over the wire, headers included: the page cannot see those of compressed answers itself.
async function recordLoads(page: Page): Promise<Map<string, Loaded>> {
  const loaded = new Map<string, Loaded>();
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.requestWillBeSent', ({ requestId, request, type, timestamp }) => {
    loaded.set(requestId, {
      url: request.url,
      type: type ?? '',
      bytes: 0,
      started: timestamp,
      ended: timestamp,
    });
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength, timestamp }) => {
    const entry = loaded.get(requestId);
    if (entry !== undefined) Object.assign(entry, { bytes: encodedDataLength, ended: timestamp });
  });
  return loaded;
}

// Runs in the page.
function collectMarks(row: string): void {
  const marks: PageMarks = {
    rowsVisible: Number.NaN,
    firstPaint: Number.NaN,
    largestPaint: Number.NaN,
    layoutShift: 0,
  };
  window.marks = marks;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName('first-contentful-paint')) marks.firstPaint = entry.startTime;
  }).observe({ type: 'paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) marks.largestPaint = entry.startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      marks.layoutShift += (entry as PerformanceEntry & { value: number }).value;
  }).observe({ type: 'layout-shift', buffered: true });
  const watch = (): void => {
    if (document.querySelector(row) === null) requestAnimationFrame(watch);
    else marks.rowsVisible = performance.now();
  };
  watch();
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

/** The list with 10,000 servers. */
export async function tenThousand(browser: Browser): Promise<Row[]> {
  const desk = await filledDesk(10_000);
  const samples: {
    first: number;
    complete: number;
    keystroke: number;
    nodes: number;
    dropped: number;
    frames: number;
  }[] = [];
  try {
    const context = await newContext(browser);
    await signIn(await context.newPage(), desk.url, desk.apiKey);
    for (let run = 0; run < RUNS; run += 1) {
      const page = await context.newPage();
      await page.addInitScript(collectMarks, ROW);
      const started = performance.now();
      await page.goto(`${desk.url}/servers`);
      await page.waitForSelector(ROW);
      await page.getByText('10,000 servers').first().waitFor();
      await page.getByText(/^Loaded [\d,]+ of/).waitFor({ state: 'detached' });
      const complete = performance.now() - started;
      const { rowsVisible } = await page.evaluate(() => window.marks);
      samples.push({
        first: rowsVisible,
        complete,
        ...(await scroll(page)),
        keystroke: await keystroke(page),
      });
      await page.close();
    }
  } finally {
    await desk.stop();
  }
  const group = 'The list with 10,000 servers';
  return [
    medianRow(
      group,
      'first rows',
      'ms',
      samples.map(({ first }) => first),
    ),
    medianRow(
      group,
      'list complete',
      'ms',
      samples.map(({ complete }) => complete),
    ),
    medianRow(
      group,
      'keystroke to filtered rows',
      'ms',
      samples.map((sample) => sample.keystroke),
    ),
    medianRow(
      group,
      'DOM nodes',
      'count',
      samples.map(({ nodes }) => nodes),
    ),
    medianRow(
      group,
      'frames in a scroll of 200 steps',
      'count',
      samples.map(({ frames }) => frames),
    ),
    medianRow(
      group,
      'of them late (over 1.5 frames)',
      'count',
      samples.map(({ dropped }) => dropped),
    ),
  ];
}

async function scroll(page: Page): Promise<{ nodes: number; dropped: number; frames: number }> {
  return page.evaluate(async () => {
    const gaps: number[] = [];
    let last = performance.now();
    for (let step = 0; step < 200; step += 1) {
      window.scrollBy(0, 120);
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const now = performance.now();
      gaps.push(now - last);
      last = now;
    }
    const nodes = document.querySelectorAll('*').length;
    window.scrollTo(0, 0);
    return { nodes, frames: gaps.length, dropped: gaps.filter((gap) => gap > 25).length };
  });
}

async function keystroke(page: Page): Promise<number> {
  const field = page.getByRole('searchbox', { name: 'Search servers' });
  await field.focus();
  await page.evaluate((row) => {
    window.elapsed = new Promise((resolve) => {
      const before = document.querySelector(row)?.getAttribute('href');
      let pressed = Number.NaN;
      document.addEventListener('keydown', () => (pressed = performance.now()), {
        once: true,
        capture: true,
      });
      const watch = (): void => {
        const changed = document.querySelector(row)?.getAttribute('href') !== before;
        if (changed && !Number.isNaN(pressed)) resolve(performance.now() - pressed);
        else requestAnimationFrame(watch);
      };
      watch();
    });
  }, ROW);
  await page.keyboard.press('z');
  return page.evaluate(() => window.elapsed);
}
