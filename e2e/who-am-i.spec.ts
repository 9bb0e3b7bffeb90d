import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { DESK_ACCENTS } from '#contract/desk-look.ts';
import {
  confirmationField,
  deleteButton,
  deleteDialog,
  expect,
  keyOf,
  openDeleteDialog,
  startSession,
  test,
} from './fixtures.ts';
import { API_KEY } from './support/scripted-registry.ts';

const account = (page: Page) => page.getByRole('button', { name: 'Account', exact: true });
const card = (page: Page) => page.getByRole('dialog', { name: 'Your account' });

test('the header names the registry and the account, and what is behind it is reached and left by keyboard', async ({
  owner,
}) => {
  const header = owner.getByRole('banner');
  await expect(header.getByText('Embedded registry', { exact: true })).toBeVisible();
  await expect(header.getByText('as owner (First key)')).toBeVisible();
  await account(owner).focus();
  await owner.keyboard.press('Enter');
  for (const fact of [
    /User\s*owner/,
    /Key\s*First key/,
    /Key ends\s*Never/,
    /Namespaces\s*demo/,
    /Session ends/,
  ]) {
    await expect(card(owner)).toContainText(fact);
  }
  await expect(card(owner)).toContainText(/http:\/\/127\.0\.0\.1:\d+\/registry/);
  for (const colorScheme of ['light', 'dark'] as const) {
    await owner.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page: owner }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
  }
  await owner.keyboard.press('Escape');
  await expect(card(owner)).toBeHidden();
  await expect(account(owner)).toBeFocused();
  await expect(owner.getByRole('button', { name: 'Sign out', exact: true })).toBeVisible();
  // The names stay on the narrowest of screens, and nothing is cut off by its edge.
  for (const width of [375, 320]) {
    await owner.setViewportSize({ width, height: 667 });
    await expect(header.getByText('Embedded registry', { exact: true })).toBeInViewport();
    await expect(header.getByText('as owner (First key)')).toBeInViewport();
    await account(owner).click();
    await expect(card(owner)).toBeInViewport({ ratio: 1 });
    await owner.keyboard.press('Escape');
    expect(await owner.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});

test('a registry that tells nothing of a key has its account called unknown, beside what it may change', async ({
  page,
  remote,
  managing,
}) => {
  remote.owners.set(API_KEY, ['acme', 'beta', 'gamma']);
  await startSession(page, managing.url, API_KEY);
  await page.goto(`${managing.url}/servers`);
  await expect(page.getByRole('banner')).toContainText(new URL(remote.url).host);
  await expect(page.getByRole('banner')).toContainText('as an owner of acme and 2 more');
  await account(page).click();
  await expect(card(page)).toContainText('Unknown: this registry does not tell');
  await expect(card(page)).toContainText(/Key ends\s*Unknown/);
  await expect(card(page)).toContainText('acme, beta, gamma');
});

test('production looks like production: on every page, before signing in, in the dialog and in what is said after', async ({
  page,
  context,
  deskHost,
}) => {
  const desk = await deskHost.startWithSamples(['--name', 'Production', '--accent', 'red']);
  const violations: string[] = [];
  page.on('console', (message) => {
    if (/content security policy|trusted type/i.test(message.text())) violations.push(message.text());
  });
  const stripe = () =>
    page.evaluate(() => {
      const { borderTopWidth, borderTopColor } = getComputedStyle(document.body);
      return [borderTopWidth, borderTopColor];
    });
  await page.goto(`${desk.url}/sign-in`);
  await expect(page.getByText('Production', { exact: true })).toBeVisible();
  await expect(page).toHaveTitle('Sign in · Production · Touchmark');
  await expect(page.locator('input[autocomplete=username]')).toHaveValue('Production');
  expect(await stripe()).toEqual(['4px', 'oklch(0.52 0.2 27)']);
  await page.getByLabel('API key', { exact: true }).fill(keyOf(desk));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('banner')).toContainText('Production');
  await expect(page).toHaveTitle('Servers · Production · Touchmark');
  await page.getByRole('link', { name: 'Activity', exact: true }).click();
  await expect(page).toHaveTitle('Activity · Production · Touchmark');
  await page.setViewportSize({ width: 375, height: 667 });
  await expect(page.getByRole('banner').getByText('Production', { exact: true })).toBeInViewport();
  await expect(page.getByRole('banner').getByText('as owner')).toBeInViewport();

  await openDeleteDialog(page, desk.url, 'demo/weather');
  const dialog = deleteDialog(page, 'demo/weather');
  await expect(dialog).toContainText('Production');
  await expect(dialog).toContainText('Embedded registry, as owner (First key)');
  expect(await dialog.evaluate((element) => getComputedStyle(element).borderTopColor)).toBe(
    'oklch(0.52 0.2 27)',
  );
  await page.emulateMedia({ forcedColors: 'active' });
  expect((await stripe())[0]).toBe('4px');
  await expect(dialog.getByText('Production', { exact: true })).toBeVisible();
  await page.emulateMedia({ forcedColors: 'none' });
  await confirmationField(page, 'demo/weather').fill('demo/weather');
  await deleteButton(page).click();
  const toast = page.getByRole('status').filter({ hasText: 'Deleted demo/weather' });
  await expect(toast).toContainText('Embedded registry, as owner (First key)');
  await expect(toast).toContainText('Production');
  await page.goto(`${desk.url}/connect/authorize?problem=over`);
  await expect(page.getByText('Production', { exact: true })).toBeVisible();
  expect(violations).toEqual([]);
  await context.close();
  await desk.stop();
});

test('every accent can be read, light and dark: text 4.5:1, stripe 3:1', async ({ owner }) => {
  const bad: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await owner.emulateMedia({ colorScheme });
    for (const accent of DESK_ACCENTS) {
      const [text = 0, stripe = 0] = await owner.evaluate((name) => {
        document.documentElement.dataset['accent'] = name;
        const probe = document.body.appendChild(document.createElement('i'));
        const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        const luminance = (token: string) => {
          probe.style.color = `var(${token})`;
          if (canvas === null) throw new Error('no canvas');
          canvas.fillStyle = getComputedStyle(probe).color;
          canvas.fillRect(0, 0, 1, 1);
          // WCAG 2.2, relative luminance.
          const [r = 0, g = 0, b = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((byte) => {
            const part = byte / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const contrast = (one: string, other: string) => {
          const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
          return (high + 0.05) / (low + 0.05);
        };
        const found = [contrast('--desk', '--on-desk'), contrast('--desk', '--surface')];
        probe.remove();
        return found;
      }, accent);
      if (text < 4.5 || stripe < 3) bad.push(`${colorScheme} ${accent}: ${text} ${stripe}`);
    }
  }
  expect(bad).toEqual([]);
});
