import type { Page } from '@playwright/test';
import { paths } from '#web/lib/paths.ts';
import { expect, test } from './fixtures.ts';

const LIST = paths.servers();
const SERVER = paths.server('demo/weather');

/** Keeps the application's scripts from this page until the returned function is called. */
async function holdScripts(page: Page): Promise<() => void> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/\/assets\/[^/]+\.js$/, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

/** Waits until something of a page is painted, which it is with its styles: before, its parts are at other places. */
async function isPainted(page: Page): Promise<void> {
  const painted = await page.evaluate(
    async () =>
      new Promise((resolve) => {
        new PerformanceObserver((list) => {
          // The page's ground alone may be painted before.
          const { length } = list.getEntriesByName('first-contentful-paint');
          if (length > 0) resolve(length);
        }).observe({ type: 'paint', buffered: true });
      }),
  );
  expect(painted).toBe(1);
}

/** Where the parts of a page are that are the same before and after the application is there, to the pixel. */
async function places(page: Page, selectors: readonly string[]): Promise<Record<string, number[]>> {
  return page.evaluate(
    (wanted) =>
      Object.fromEntries(
        wanted.map((selector) => {
          const { x, y, width, height } =
            document.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect();
          return [selector, [x, y, width, height].map(Math.round)];
        }),
      ),
    selectors,
  );
}

const FRAME = ['header', 'header img', 'nav a[href="/servers"]', 'nav a[href="/activity"]', 'main'];
const pages = [
  {
    path: LIST,
    heading: 'Servers',
    same: [...FRAME, 'h1', 'main [class*="_toolbar_"]', 'main [class*="_table_"]'],
    ends: true,
  },
  { path: SERVER, heading: 'Weather', same: [...FRAME, 'main a[href="/servers"]'], ends: false },
  {
    path: '/sign-in',
    heading: 'Sign in to Touchmark',
    same: ['main img', 'h1', 'main form, main [class*="_form_"]'],
    ends: false,
  },
];

for (const { path, heading, same, ends } of pages) {
  for (const width of [1280, 375]) {
    test(`${path} is painted from its HTML and stays where it is, ${width} pixels wide`, async ({
      signedIn,
      desk,
    }) => {
      await signedIn.setViewportSize({ width, height: 800 });
      await signedIn.addInitScript(() => {
        const shifts: number[] = [];
        Object.assign(window, { shifts });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            shifts.push((entry as PerformanceEntry & { value: number }).value);
          }
        }).observe({ type: 'layout-shift', buffered: true });
      });
      const release = await holdScripts(signedIn);
      await signedIn.goto(`${desk.url}${path}`, { waitUntil: 'commit' });
      await expect(signedIn.locator('main')).toHaveAttribute('aria-busy', 'true');
      await isPainted(signedIn);
      const before = await places(signedIn, same);
      // Nothing of it claims what nobody knows yet.
      expect(await signedIn.locator('main').innerText()).not.toMatch(/\d/);

      release();
      await expect(signedIn.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
      await signedIn.waitForLoadState('networkidle');
      const after = await places(signedIn, same);
      for (const selector of same) {
        const [left, right] = [before[selector] ?? [], after[selector] ?? []];
        // How large each is may be known only then.
        expect([selector, ...left.slice(0, 2)]).toEqual([selector, ...right.slice(0, 2)]);
      }
      // What other pages ask for besides comes a moment later, and may be longer than what stood in for it.
      const shifts = await signedIn.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
      expect(ends ? shifts : []).toEqual([]);
    });
  }
}

test('the first paint has the theme that was chosen, whatever the system says', async ({
  signedIn,
  desk,
}) => {
  await signedIn.emulateMedia({ colorScheme: 'light' });
  await holdScripts(signedIn);
  const colours = async (): Promise<unknown> => {
    await signedIn.goto(`${desk.url}${LIST}`, { waitUntil: 'commit' });
    await expect(signedIn.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
    await isPainted(signedIn);
    return signedIn.evaluate(() => {
      const { backgroundColor, color } = getComputedStyle(document.body);
      return { backgroundColor, color };
    });
  };
  const light = await colours();
  await signedIn.evaluate(() => localStorage.setItem('touchmark-theme', 'dark'));
  const chosen = await colours();
  expect(chosen).not.toEqual(light);
  await signedIn.evaluate(() => localStorage.removeItem('touchmark-theme'));
  await signedIn.emulateMedia({ colorScheme: 'dark' });
  expect(await colours()).toEqual(chosen);
});

test('the first paint violates no policy, can be used, and is seen in forced colours', async ({
  signedIn,
  desk,
}) => {
  const said: string[] = [];
  signedIn.on('console', (message) => said.push(message.text()));
  await holdScripts(signedIn);
  await signedIn.emulateMedia({ forcedColors: 'active' });
  await signedIn.goto(`${desk.url}${SERVER}`, { waitUntil: 'commit' });
  await expect(signedIn.getByRole('link', { name: 'Activity' })).toBeVisible();
  await isPainted(signedIn);
  const edges = await signedIn
    .locator('main [aria-hidden] span')
    .evaluateAll((parts) => parts.map((part) => getComputedStyle(part).borderTopStyle));
  expect(edges.length).toBeGreaterThan(3);
  expect(new Set(edges)).toEqual(new Set(['solid']));
  await signedIn.getByRole('link', { name: 'Activity' }).click();
  await expect(signedIn).toHaveURL(/\/activity$/);
  await expect(signedIn.getByRole('link', { name: 'Activity' })).toHaveAttribute('aria-current', 'page');
  expect(said).toEqual([]);
});

test('a desk with a name has it in the HTML of its sign-in page, where it stays', async ({
  browser,
  deskHost,
}) => {
  const desk = await deskHost.startWithSamples(['--name', 'Küche & <Hof>']);
  const context = await browser.newContext({ viewport: { width: 375, height: 740 } });
  const page = await context.newPage();
  const release = await holdScripts(page);
  await page.goto(`${desk.url}/sign-in`, { waitUntil: 'commit' });
  await expect(page.getByText('Küche & <Hof>', { exact: true })).toBeVisible();
  await isPainted(page);
  const parts = ['h1', 'main bdi', 'main h1 ~ p:last-child', 'main form, main [class*="_form_"]'];
  const before = await places(page, parts);
  release();
  await expect(page.getByLabel('API key', { exact: true })).toBeVisible();
  const after = await places(page, parts);
  for (const part of parts.slice(0, 3)) expect([part, after[part]]).toEqual([part, before[part]]);
  expect(after[parts[3] ?? '']?.slice(0, 3)).toEqual(before[parts[3] ?? '']?.slice(0, 3));
  await context.close();
  await desk.stop();
});

test('every page without JavaScript says so, and pretends to load nothing', async ({ browser, desk }) => {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 320, height: 568 },
  });
  const page = await context.newPage();
  for (const path of [LIST, SERVER, '/activity', '/clients', '/sign-in', '/connect/authorize', '/nowhere']) {
    await page.goto(`${desk.url}${path}`);
    await expect(page.getByRole('heading', { name: 'Touchmark needs JavaScript', level: 1 })).toBeVisible();
    await expect(page.getByRole('paragraph')).toHaveText(/nothing was changed.*load the page\s+again/s);
    await expect(page.getByRole('paragraph')).toBeInViewport({ ratio: 1 });
    await expect(page.locator('[aria-busy]:visible')).toHaveCount(0);
    expect([path, await page.getByRole('main').count()]).toEqual([path, 1]);
    expect(await page.locator('a:visible, header:visible, button:visible').count()).toBe(0);
  }
  await context.close();
});

test('what is painted first has the very pixels of what follows, in the dark that was chosen over a light system', async ({
  signedIn,
  desk,
}) => {
  await signedIn.emulateMedia({ colorScheme: 'light' });
  await signedIn.goto(`${desk.url}${LIST}`);
  await signedIn.evaluate(() => localStorage.setItem('touchmark-theme', 'dark'));
  const release = await holdScripts(signedIn);
  await signedIn.goto(`${desk.url}${LIST}`, { waitUntil: 'commit' });
  await expect(signedIn.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
  await isPainted(signedIn);
  // The mark, and the heading beside the page's ground.
  const clips = [
    { x: 80, y: 0, width: 100, height: 56 },
    { x: 0, y: 88, width: 300, height: 34 },
  ];
  const areImagesThere = async () =>
    signedIn.evaluate(() =>
      [...document.images].every(({ complete, naturalWidth }) => complete && naturalWidth > 0),
    );
  const pictures = async () => {
    await expect.poll(areImagesThere).toBe(true);
    return Promise.all(clips.map(async (clip) => signedIn.screenshot({ clip })));
  };
  const before = await pictures();
  release();
  await expect(signedIn.getByRole('button', { name: 'Account', exact: true })).toBeVisible();
  const after = await pictures();
  expect(after.map((picture, index) => picture.equals(before[index] ?? Buffer.of()))).toEqual([true, true]);
});
