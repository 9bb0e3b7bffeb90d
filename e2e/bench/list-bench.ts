import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright';
import { signIn } from '../fixtures.ts';
import { type PageLoad, recordLoads } from '../support/page-loads.ts';
import { newContext } from './browser-bench.ts';
import { filledDesk } from './filled-desk.ts';
import { medianRow, quantile, type Row } from './measure.ts';
import { collectMarks, ROW } from './page-marks.ts';

const RUNS = 5;
// As many as a first screen can need, and more.
const PLAIN_ROWS = 200;
// Each leaves other servers, or puts them in another order.
const LETTERS = ['w', 'c', 'm'];

interface ListBenchOptions {
  sizes: readonly number[];
  /** The folder of another version, built: measured in turn with this one. */
  against: string | undefined;
}

type Sample = Record<string, number>;

const units: [name: string, unit: Row['unit']][] = [
  ['first paint', 'ms'],
  ['first rows', 'ms'],
  ['list complete', 'ms'],
  ['requests', 'count'],
  ['bytes', 'kB'],
  ['CPU of the tab until complete', 'ms'],
  ['letter typed to other rows', 'ms'],
  ['heading pressed to other rows', 'ms'],
  ['frames in a scroll of 200 steps', 'count'],
  ['of them late (over 1.5 frames)', 'count'],
  ['DOM nodes', 'count'],
  ['layout shift', 'score'],
];

/**
 * The list at each of these sizes, with an empty cache: what can be seen when, what it costs, and how it answers. Beside each
 * the time of a page of plain HTML in the same browser, and another version where one is named: only what was measured
 * in one run can be compared.
 */
export async function listBench(browser: Browser, { sizes, against }: ListBenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const size of sizes) {
    const versions = [
      await startVersion(browser, size, undefined),
      ...(against === undefined ? [] : [await startVersion(browser, size, against)]),
    ];
    const plain = await startPlainPage();
    try {
      const plainSamples: Sample[] = [];
      // In turns, so that whatever else the machine does is shared.
      for (let run = 0; run < RUNS; run += 1) {
        plainSamples.push(await inNewTab(browser, undefined, async (page) => plainVisit(page, plain.url)));
        for (const { samples, storageState, url } of versions) {
          samples.push(await inNewTab(browser, storageState, async (page) => visit(page, url, size)));
        }
      }
      rows.push(...rowsOf(size, { versions: versions.map(({ samples }) => samples), plainSamples }));
    } finally {
      plain.stop();
      for (const { stop } of versions) await stop();
    }
  }
  return rows;
}

function rowsOf(
  size: number,
  { versions, plainSamples }: { versions: Sample[][]; plainSamples: Sample[] },
): Row[] {
  const [own = [], other] = versions;
  const group = `The list with ${size.toLocaleString('en')} servers, nothing cached`;
  const pick = (samples: Sample[], name: string) => samples.map((sample) => sample[name] ?? Number.NaN);
  const ratio = (name: string, above: number[], below: number[]): Row => {
    const value = quantile(above, 0.5) / quantile(below, 0.5);
    return { group, name, unit: '×', value, min: value, max: value, samples: above.length };
  };
  return [
    ...units.map(([name, unit]) => medianRow(group, name, unit, pick(own, name))),
    ...['first paint', 'first rows'].map((name) =>
      ratio(`${name}, of a plain page's first paint`, pick(own, name), pick(plainSamples, 'first paint')),
    ),
    ...(other === undefined
      ? []
      : units.flatMap(([name, unit]) => [
          medianRow(group, `${name}, the other version`, unit, pick(other, name)),
          ratio(`${name}, of the other version's`, pick(own, name), pick(other, name)),
        ])),
  ];
}

async function startVersion(browser: Browser, size: number, folder: string | undefined) {
  const program = folder === undefined ? {} : { program: join(folder, 'dist/server/touchmark.js') };
  const desk = await filledDesk(size, { released: true, ...program });
  const context = await newContext(browser);
  await signIn(await context.newPage(), desk.url, desk.apiKey);
  const storageState = await context.storageState();
  await context.close();
  const samples: Sample[] = [];
  return { url: desk.url, stop: async () => desk.stop(), storageState, samples };
}

async function inNewTab<Result>(
  browser: Browser,
  storageState: Awaited<ReturnType<BrowserContext['storageState']>> | undefined,
  work: (page: Page) => Promise<Result>,
): Promise<Result> {
  const context = await newContext(browser, storageState === undefined ? {} : { storageState });
  try {
    return await work(await context.newPage());
  } finally {
    await context.close();
  }
}

async function visit(page: Page, url: string, size: number): Promise<Sample> {
  await page.addInitScript(collectMarks, ROW);
  await page.addInitScript(noteComplete, size);
  const loads = await recordLoads(page);
  const metrics = await page.context().newCDPSession(page);
  await metrics.send('Performance.enable');
  await page.goto(`${url}/servers`);
  await page.waitForSelector(ROW);
  const complete = await page.evaluate(() => window.complete);
  const cpu = await taskMilliseconds(metrics);
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(500);
  const loaded = [...loads.values()];
  const marks = await page.evaluate(() => window.marks);
  const letters = [];
  for (const letter of LETTERS) letters.push(await typed(page, letter));
  await page.getByRole('searchbox', { name: 'Search servers' }).fill('');
  await page.waitForTimeout(300);
  return {
    'first paint': marks.firstPaint,
    'first rows': marks.rowsVisible,
    'list complete': complete,
    requests: loaded.length,
    bytes: kilobytes(loaded),
    'CPU of the tab until complete': cpu,
    'letter typed to other rows': quantile(letters, 0.5),
    'heading pressed to other rows': await sorted(page),
    ...(await scroll(page)),
    'layout shift': marks.layoutShift,
  };
}

function kilobytes(loads: readonly PageLoad[]): number {
  return loads.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
}

async function taskMilliseconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
}

declare global {
  interface Window {
    /** Settles with the time at which the table counts all of its rows. */
    complete: Promise<number>;
  }
}

// Runs in the page.
function noteComplete(size: number): void {
  window.complete = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('the list was never complete')), 120_000);
    const watch = (): void => {
      const table = document.querySelector('main table[aria-rowcount]');
      const isComplete =
        table?.getAttribute('aria-rowcount') === String(size + 1) &&
        document.querySelector('main progress') === null;
      if (isComplete) resolve(performance.now());
      else requestAnimationFrame(watch);
    };
    watch();
  });
}

async function typed(page: Page, letter: string): Promise<number> {
  const field = page.getByRole('searchbox', { name: 'Search servers' });
  await field.fill('');
  await field.focus();
  // Whatever the field prepares once somebody is there.
  await page.waitForTimeout(500);
  await watchRows(page, 'keydown');
  await page.keyboard.press(letter);
  return page.evaluate(() => window.elapsed);
}

async function sorted(page: Page): Promise<number> {
  const heading = page.getByRole('columnheader', { name: 'Server' }).getByRole('button');
  await heading.hover();
  await watchRows(page, 'click');
  await heading.click();
  return page.evaluate(() => window.elapsed);
}

/** Has the page measure from the next event of this kind until other rows stand there than now. */
async function watchRows(page: Page, event: 'keydown' | 'click'): Promise<void> {
  await page.evaluate(
    ({ selector, kind }) => {
      const shown = (): string =>
        Array.from(document.querySelectorAll(selector), (link) => link.getAttribute('href')).join(' ');
      const before = shown();
      window.elapsed = new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error(`no other rows after a ${kind}`)), 20_000);
        let began = Number.NaN;
        document.addEventListener(kind, () => (began = performance.now()), { once: true, capture: true });
        const watch = (): void => {
          if (!Number.isNaN(began) && shown() !== before) resolve(performance.now() - began);
          else requestAnimationFrame(watch);
        };
        watch();
      });
    },
    { selector: ROW, kind: event },
  );
}

async function scroll(page: Page): Promise<Sample> {
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
    return {
      'frames in a scroll of 200 steps': gaps.length,
      'of them late (over 1.5 frames)': gaps.filter((gap) => gap > 25).length,
      'DOM nodes': document.querySelectorAll('*').length,
    };
  });
}

async function plainVisit(page: Page, url: string): Promise<Sample> {
  await page.addInitScript(collectMarks, 'main');
  await page.goto(url);
  await page.waitForTimeout(300);
  return { 'first paint': (await page.evaluate(() => window.marks)).firstPaint };
}

/** A page without a script or a style: nothing of this browser on this machine is quicker. */
async function startPlainPage(): Promise<{ url: string; stop: () => void }> {
  const cells = '<td>A server</td><td>bench/server</td><td>Live</td><td>1,000</td>';
  const body = `<!doctype html><title>Plain</title><main><table>${`<tr>${cells}</tr>`.repeat(PLAIN_ROWS)}</table></main>`;
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
