import type { Page } from '@playwright/test';
import {
  cancelButton,
  confirmationField,
  deleteButton,
  deleteDialog,
  expect,
  openDeleteDialog,
  startSession,
  test as base,
} from './fixtures.ts';
import { API_KEY } from './support/scripted-registry.ts';

const NAME = 'demo/weather';

// Each of these tests opens a page of its own.
const test = base.extend({ owner: ({ signedIn }, use) => use(signedIn) });

/** Counts the deletes that leave this page. */
function countDeletes(page: Page): () => number {
  let count = 0;
  page.on('request', (request) => {
    if (request.method() === 'DELETE') count += 1;
  });
  return () => count;
}

test.describe('the delete dialog', () => {
  test.beforeEach(async ({ owner, desk }) => {
    await openDeleteDialog(owner, desk.url, NAME);
  });

  test('names what ends, from live data', async ({ owner }) => {
    const dialog = deleteDialog(owner, NAME);
    await expect(dialog).toContainText(/\d+ releases?/);
    await expect(dialog).toContainText(/\d+ tools?/);
    await expect(dialog).toContainText(/\d+ secrets?/);
    await expect(dialog).toContainText(/\d[\d,]* calls?/);
    await expect(dialog).toContainText(NAME);
  });

  test('is armed by a pasted name with spaces around it', async ({ owner }) => {
    await confirmationField(owner, NAME).fill(` ${NAME} `);
    await expect(deleteButton(owner)).toBeEnabled();
  });

  for (const [what, text, explanation] of [
    ['another case', 'Demo/weather', /case/i],
    ['a space inside', 'demo/ weather', /space/i],
    ['a zero-width character', 'demo/wea\u200Bther', /invisible/i],
    ['any other name', 'demo/weather-archive', /match/i],
    ['a pattern of it', 'demo.weather', /match/i],
  ] as const) {
    test(`is not armed by ${what}, and Enter explains why`, async ({ owner }) => {
      const sent = countDeletes(owner);
      const field = confirmationField(owner, NAME);
      await field.fill(text);
      await expect(deleteButton(owner)).toBeDisabled();
      await field.press('Enter');
      await expect(field).toHaveAttribute('aria-invalid', 'true');
      await expect(field).toHaveAccessibleDescription(explanation);
      await field.press('End');
      await field.press('x');
      await expect(field).not.toHaveAttribute('aria-invalid', 'true');
      expect(sent()).toBe(0);
    });
  }

  test('is not submitted by the Enter that ends an IME composition', async ({ owner, registry }) => {
    const sent = countDeletes(owner);
    const input = await owner.context().newCDPSession(owner);
    await confirmationField(owner, NAME).focus();
    await input.send('Input.imeSetComposition', {
      text: NAME,
      selectionStart: NAME.length,
      selectionEnd: NAME.length,
    });
    await expect(confirmationField(owner, NAME)).toHaveValue(NAME);
    const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' };
    await input.send('Input.dispatchKeyEvent', { type: 'keyDown', ...enter });
    await input.send('Input.dispatchKeyEvent', {
      type: 'keyUp',
      key: 'Enter',
      code: 'Enter',
      windowsVirtualKeyCode: 13,
    });
    await expect(deleteDialog(owner, NAME)).toBeVisible();
    await input.send('Input.insertText', { text: '' });
    expect(sent()).toBe(0);
    expect(await registry.servers.get(NAME)).toMatchObject({ qualifiedName: NAME });
  });

  test('opens again empty after it was closed armed', async ({ owner }) => {
    await confirmationField(owner, NAME).fill(NAME);
    await cancelButton(owner).click();
    await owner.getByRole('button', { name: 'Delete server', exact: true }).click();
    await expect(confirmationField(owner, NAME)).toHaveValue('');
    await expect(deleteButton(owner)).toBeDisabled();
  });

  test('sends one delete for a double click', async ({ owner }) => {
    const sent = countDeletes(owner);
    await confirmationField(owner, NAME).fill(NAME);
    await deleteButton(owner).dblclick();
    await expect(owner.getByText(`Deleted ${NAME}`, { exact: true })).toBeVisible();
    expect(sent()).toBe(1);
  });

  test('keeps its buttons where they are while a name is explained and the delete is under way', async ({
    owner,
  }) => {
    const place = () =>
      Promise.all([cancelButton(owner), submitButton].map((button) => button.boundingBox()));
    const submitButton = deleteDialog(owner, NAME).locator('button[type="submit"]');
    await expect(deleteDialog(owner, NAME)).toContainText(/\d+ secrets?/);
    await deleteDialog(owner, NAME).evaluate((dialog) =>
      Promise.all(dialog.getAnimations().map(({ finished }) => finished)),
    );
    const before = await place();
    await confirmationField(owner, NAME).fill('Demo/weather');
    await expect(confirmationField(owner, NAME)).toHaveAttribute('aria-invalid', 'true');
    expect(await place()).toEqual(before);
    let answer = (): void => {};
    const held = new Promise<void>((resolve) => (answer = resolve));
    await owner.route(/\/api\/servers\/demo%2Fweather$/, async (route) => {
      if (route.request().method() === 'DELETE') await held;
      await route.continue();
    });
    await confirmationField(owner, NAME).fill(NAME);
    await deleteButton(owner).click();
    await expect(submitButton).toHaveText(/^Deleting…/);
    expect(await place()).toEqual(before);
    answer();
    await expect(owner.getByText(`Deleted ${NAME}`, { exact: true })).toBeVisible();
  });

  test('can be used by keyboard alone', async ({ owner }) => {
    await expect(confirmationField(owner, NAME)).toBeFocused();
    await owner.keyboard.type(NAME);
    await owner.keyboard.press('Enter');
    await expect(owner.getByText(`Deleted ${NAME}`, { exact: true })).toBeVisible();
  });

  test('gives the focus back to its button when cancelled, and leaves the page as it was', async ({
    owner,
  }) => {
    for (const close of [() => cancelButton(owner).click(), () => owner.keyboard.press('Escape')]) {
      await close();
      await expect(deleteDialog(owner, NAME)).toHaveCount(0);
      const trigger = owner.getByRole('button', { name: 'Delete server', exact: true });
      await expect(trigger).toBeFocused();
      expect(await owner.evaluate(() => document.body.style.pointerEvents)).toBe('');
      await expect(owner.locator('body')).not.toHaveAttribute('aria-hidden', 'true');
      await trigger.click();
      await expect(confirmationField(owner, NAME)).toBeFocused();
    }
  });

  test('stays about the server it was opened for when the page beneath changes', async ({
    owner,
    desk,
    registry,
  }) => {
    await cancelButton(owner).click();
    await owner.goto(`${desk.url}/servers/demo%2Fweather-archive`);
    await owner.getByRole('button', { name: 'Delete server', exact: true }).click();
    await confirmationField(owner, 'demo/weather-archive').fill('demo/weather-archive');
    await owner.goBack();
    await expect(owner).toHaveURL(/demo%2Fweather$/);
    // Whatever is open now is either nothing or still about the archive; it never arms against this page's server.
    await expect(deleteDialog(owner, NAME)).toHaveCount(0);
    expect(await registry.servers.get(NAME)).toMatchObject({ qualifiedName: NAME });
    expect(await registry.servers.get('demo/weather-archive')).toMatchObject({ remote: expect.any(Boolean) });
  });

  test('does not fit a phone sideways, and its buttons stay reachable', async ({ owner }) => {
    await owner.setViewportSize({ width: 375, height: 667 });
    const overflow = await owner.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await deleteButton(owner).scrollIntoViewIfNeeded();
    await expect(cancelButton(owner)).toBeInViewport();
    await expect(deleteButton(owner)).toBeInViewport();
  });
});

test('deleting what this key does not own any more says so, keeps the dialog and the typed name, and offers no second try', async ({
  page: owner,
  remote,
  managing: desk,
}) => {
  const name = 'other/calendar';
  remote.owners.set(API_KEY, ['acme', 'other']);
  await startSession(owner, desk.url, API_KEY);
  await openDeleteDialog(owner, desk.url, name);
  await confirmationField(owner, name).fill(name);
  remote.owners.set(API_KEY, ['acme']);
  await deleteButton(owner).click();
  const dialog = deleteDialog(owner, name);
  await expect(dialog.getByRole('alert')).toContainText('it exists, but this key does not own it');
  await expect(confirmationField(owner, name)).toHaveValue(name);
  // The registry's own words, in a toast that a screen reader reaches although a dialog is open.
  const toast = owner.getByText('Server not found', { exact: false }).last();
  await expect(toast).toBeVisible();
  expect(await toast.evaluate((element) => element.closest('[aria-hidden="true"], [inert]') === null)).toBe(
    true,
  );
  await toast.click();
  await expect(dialog).toBeVisible();
  expect(remote.servers.has(name)).toBe(true);
  await expect(deleteButton(owner)).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toHaveCount(0);
});

test('two servers whose names begin alike stay two: deleting demo leaves demo/weather', async ({
  owner,
  desk,
  registry,
}) => {
  await openDeleteDialog(owner, desk.url, 'demo');
  await confirmationField(owner, 'demo').fill('demo');
  await deleteButton(owner).click();
  await expect(owner.getByText('Deleted demo', { exact: true })).toBeVisible();
  await expect(registry.servers.get('demo')).rejects.toMatchObject({ status: 404 });
  expect(await registry.servers.get(NAME)).toMatchObject({ qualifiedName: NAME });
});

// The browser itself tidies some of these up to the list; none may become a server, or another path of the registry.
for (const address of [
  '..%2Fkeys',
  '%2e%2e',
  '.',
  'demo%2F..',
  'demo%252Fweather',
  'demo%2Fweather%2Freleases',
  'demo/weather',
  '%00',
]) {
  test(`the address /servers/${address} shows no server and asks the registry for none`, async ({
    owner,
    desk,
  }) => {
    const asked: string[] = [];
    owner.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await owner.goto(`${desk.url}/servers/${address}`);
    await owner.waitForLoadState('networkidle');
    await expect(owner.getByRole('button', { name: 'Delete server', exact: true })).toHaveCount(0);
    // What the list asks for, and nothing that is about one server.
    const allowed = /^\/api\/-\/(session|desk|servers|servers\/counts|icons)$/;
    expect(asked.filter((path) => path.startsWith('/api/') && !allowed.test(path))).toEqual([]);
  });
}
