import type { Page } from '@playwright/test';
import {
  confirmationField,
  deleteButton,
  deleteDialog,
  expect,
  isDrawn,
  openDeleteDialog,
  serverRow,
  test,
} from './fixtures.ts';

const WIDTHS = [320, 375, 768, 1280, 2560];

/** What can have the focus and lies, in whole or in part, under a toast or under what is kept free around it. */
const covered = (page: Page) =>
  page.evaluate(() => {
    const region = [...document.querySelectorAll('output[aria-live]')].find((each) =>
      each.querySelector('[aria-label=Dismiss]'),
    );
    if (region === undefined) return ['there is no toast'];
    const isSeen = ({ width, height, bottom, right }: DOMRect) =>
      width > 0 && height > 0 && bottom > 0 && right > 0;
    const toasts = [region, ...region.children].map((part) => part.getBoundingClientRect()).filter(isSeen);
    const dialog = document.querySelector('[role=alertdialog], [role=dialog]:not([popover])');
    // Nothing below a dialog can have the focus.
    const parts = [
      ...(dialog ?? document).querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]'),
    ];
    return parts
      .filter((part) => !region.contains(part) && part.checkVisibility({ visibilityProperty: true }))
      .filter((part) => {
        const box = part.getBoundingClientRect();
        return toasts.some(
          (toast) =>
            box.top < toast.bottom &&
            box.bottom > toast.top &&
            box.left < toast.right &&
            box.right > toast.left,
        );
      })
      .map((part) => part.getAttribute('aria-label') ?? part.textContent ?? part.tagName);
  });

const atRight = (page: Page) =>
  page.evaluate(() => {
    const toast = document.querySelector('[aria-label=Dismiss]')?.parentElement?.getBoundingClientRect();
    return toast === undefined
      ? []
      : [window.innerWidth - toast.right, window.innerHeight - toast.bottom].map(Math.round);
  });

for (const width of WIDTHS) {
  test(`after a delete the toast is at the lower right, over no row and nothing else, ${width} pixels wide`, async ({
    signedIn: page,
    desk,
  }) => {
    await page.setViewportSize({ width, height: 800 });
    await page.addInitScript(() => {
      Object.assign(window, { shifts: [] });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          (window as unknown as { shifts: number[] }).shifts.push(
            (entry as PerformanceEntry & { value: number }).value,
          );
        }
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await openDeleteDialog(page, desk.url, 'demo/weather');
    await confirmationField(page, 'demo/weather').fill('demo/weather');
    await deleteButton(page).click();
    await expect(page.getByText('Deleted demo/weather', { exact: true })).toBeVisible();
    await expect(serverRow(page, 'demo/github-triage')).toBeVisible();
    expect(await covered(page)).toEqual([]);
    const [right = -1, bottom = -1] = await atRight(page);
    expect(bottom).toBeGreaterThanOrEqual(0);
    expect(bottom).toBeLessThanOrEqual(24);
    expect(right).toBeGreaterThan(0);
    expect(right).toBeLessThan(width === 1280 ? 100 : 40);
    // The pointer holds the toast while the page is scrolled, as a reader would.
    await page.getByRole('button', { name: 'Dismiss' }).hover();
    await page.waitForTimeout(400);
    const shifts = () => page.evaluate(() => (window as unknown as { shifts: number[] }).shifts.length);
    const before = await shifts();
    for (const part of [0.3, 0.7, 1]) {
      await page.evaluate((at) => window.scrollTo(0, document.documentElement.scrollHeight * at), part);
      await expect.poll(() => covered(page)).toEqual([]);
    }
    // At the end the last row can be reached, and by keyboard every row is.
    await expect(page.locator('main tbody tr').last()).toBeInViewport({ ratio: 1 });
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.locator('main [data-index="0"] a').focus();
    for (let row = 0; row < 14; row++) {
      await page.keyboard.press('ArrowDown');
      await expect
        .poll(() =>
          page.evaluate(() => document.activeElement?.closest('[data-index]')?.getAttribute('data-index')),
        )
        .toBe(String(row + 1));
      expect(await covered(page)).toEqual([]);
    }
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await expect(page.getByRole('button', { name: 'Dismiss' })).toHaveCount(0);
    expect(await shifts()).toBe(before);
  });
}

test('a toast covers nothing of a dialog, nor of the end of any page, nor what has the focus', async ({
  owner: page,
  desk,
}) => {
  await page.route('**/api/-/session', (route) =>
    route.request().method() === 'DELETE' ? route.abort() : route.continue(),
  );
  const toast = page.getByText('You are still signed in');
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 700 });
    await page.goto(`${desk.url}/servers/demo%2Fweather`);
    await isDrawn(page);
    const remove = page.getByRole('button', { name: 'Delete server', exact: true });
    await remove.focus();
    await page.getByRole('button', { name: 'Sign out' }).dispatchEvent('click');
    await expect(toast).toBeVisible();
    await expect.poll(() => covered(page)).not.toContain('Delete server');
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    await expect.poll(() => covered(page)).toEqual([]);
    await remove.click();
    await expect(deleteDialog(page, 'demo/weather')).toContainText('in the last hour');
    await expect.poll(async () => [width, ...(await covered(page))]).toEqual([width]);
    await page.keyboard.press('Escape');
  }
});
