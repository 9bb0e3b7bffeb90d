import { expect, test as base, type Page } from '@playwright/test';
import Smithery from '@smithery/api';
import { CLIENT_HEADER, gatewayPaths, SERVER_ID_HEADER } from '#contract/api-paths.ts';
import type { Desk } from './support/desk.ts';
import { startDeskHost, type DeskHost, type HostedDesk } from './support/desk-host.ts';
import { API_KEY, startScriptedRegistry, type ScriptedRegistry } from './support/scripted-registry.ts';

interface Fixtures {
  /** A desk of its own for this test, on its embedded registry with samples. */
  desk: HostedDesk;
  /** The registry's truth, asked directly with the owner's key. */
  registry: Smithery;
  /** A page of that desk, signed in as the owner, still empty. */
  signedIn: Page;
  /** A page of that desk, signed in as the owner and showing the list. */
  owner: Page;
  /** A registry elsewhere, which answers as the test tells it. */
  remote: ScriptedRegistry;
  /** Where the desk finds that registry. */
  remoteUrl: string;
  /** A desk of its own for this test, on that registry. */
  managing: HostedDesk;
  /** A page of that desk, signed in, still empty. */
  visitor: Page;
}

interface WorkerFixtures {
  /** Starts the desks of one test after the other. */
  deskHost: DeskHost;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  deskHost: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures it needs off this pattern
    async ({}, use) => {
      const host = await startDeskHost();
      await use(host);
      await host.close();
    },
    { scope: 'worker' },
  ],
  desk: async ({ deskHost, context }, use) => {
    const desk = await deskHost.startWithSamples();
    await use(desk);
    // First: a connection that the browser opened in advance and never used would hold the desk up.
    await context.close();
    await desk.stop();
  },
  registry: async ({ desk }, use) => {
    await use(registryOf(desk));
  },
  signedIn: async ({ page, desk }, use) => {
    await startSession(page, desk.url, keyOf(desk));
    await use(page);
  },
  owner: async ({ signedIn, desk }, use) => {
    await signedIn.goto(`${desk.url}/servers`);
    await isDrawn(signedIn);
    await use(signedIn);
  },
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures it needs off this pattern
  remote: async ({}, use) => {
    const remote = await startScriptedRegistry();
    await use(remote);
    await remote.close();
  },
  remoteUrl: async ({ remote }, use) => {
    await use(remote.url);
  },
  managing: async ({ deskHost, remoteUrl, context }, use) => {
    const desk = await deskHost.startManaging(remoteUrl);
    await use(desk);
    // As above.
    await context.close();
    await desk.stop();
  },
  visitor: async ({ page, managing }, use) => {
    await startSession(page, managing.url, API_KEY);
    await use(page);
  },
});

export { expect };

/** For a test that mostly waits for a time limit of the desk: it runs beside the others instead of in their place. */
export const WAITING = { tag: '@waiting' };

/** The official client on this desk's registry, as its owner. */
export function registryOf(desk: Pick<Desk, 'ownerKey' | 'registryUrl'>): Smithery {
  return new Smithery({ apiKey: keyOf(desk), baseURL: desk.registryUrl, maxRetries: 0 });
}

/** The owner's key as printed at the first start. */
export function keyOf(desk: Pick<Desk, 'ownerKey'>): string {
  if (desk.ownerKey === undefined) throw new Error('this desk printed no owner key');
  return desk.ownerKey;
}

/** Gives a page's browser context a session, as signing in would. */
export async function startSession(page: Page, url: string, apiKey: string): Promise<void> {
  const answer = await page.request.post(`${url}${gatewayPaths.session()}`, {
    headers: { Origin: url, [CLIENT_HEADER.name]: CLIENT_HEADER.value },
    data: { apiKey },
  });
  expect(answer.status()).toBe(200);
}

/** Waits until the application has the page: its heading is there from the first paint on. */
export async function isDrawn(page: Page): Promise<void> {
  await expect(page.getByRole('button', { name: 'Account', exact: true })).toBeVisible();
}

/** Signs in with a key, as a person would, and waits for the list. */
export async function signIn(page: Page, url: string, apiKey: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('API key', { exact: true }).fill(apiKey);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
}

/** Opens a server's page and its delete dialog. */
export async function openDeleteDialog(page: Page, url: string, qualifiedName: string): Promise<void> {
  await page.goto(`${url}/servers/${encodeURIComponent(qualifiedName)}`);
  await page.getByRole('button', { name: 'Delete server', exact: true }).click();
  await expect(deleteDialog(page, qualifiedName)).toBeVisible();
}

/** Sends the deletes of this page to a server of another owner, so that the registry refuses them as not this key's. */
export async function misdirectDeletes(page: Page, foreignName: string): Promise<void> {
  await page.route(/\/api\/servers\/[^/]+$/, async (route) => {
    const request = route.request();
    if (request.method() !== 'DELETE') return route.continue();
    const headers = await request.allHeaders();
    // The id of the server that the page shows would stop it before it is sent.
    delete headers[SERVER_ID_HEADER.toLowerCase()];
    const url = new URL(`/api/servers/${encodeURIComponent(foreignName)}`, request.url()).href;
    return route.continue({ url, headers });
  });
}

/** The parts of the delete dialog, by the names that people hear. */
export function deleteDialog(page: Page, qualifiedName: string) {
  return page.getByRole('alertdialog', { name: `Delete ${qualifiedName}?`, exact: true });
}

export function confirmationField(page: Page, qualifiedName: string) {
  return page.getByLabel(`Type ${qualifiedName} to confirm`, { exact: true });
}

export function deleteButton(page: Page) {
  return page.getByRole('button', { name: 'Delete server permanently', exact: true });
}

export function cancelButton(page: Page) {
  return page.getByRole('button', { name: 'Cancel, keep server', exact: true });
}

/** Where a server's page says how to connect to it. */
export function connectPanel(page: Page) {
  return page.getByRole('region', { name: 'Connect' });
}

/** What a server's page says of it under this term. */
export function fact(page: Page, term: string) {
  return page
    .getByRole('region', { name: 'Facts' })
    .locator('dl > div')
    .filter({ has: page.getByRole('term').filter({ hasText: term }) })
    .getByRole('definition');
}

/** A row of the list. */
export function serverRow(page: Page, qualifiedName: string) {
  return page.locator(`a[href="/servers/${encodeURIComponent(qualifiedName)}"]`);
}

/** Narrows the list, so that a row is on screen if it exists at all. */
export async function search(page: Page, text: string): Promise<void> {
  await page.getByRole('searchbox', { name: 'Search servers' }).fill(text);
}

/** Ends the half second in which presses do nothing, after a delete and after signing in again: by another key. */
export async function letPressesCount(page: Page): Promise<void> {
  await page.keyboard.press('Shift');
}
