import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import type { Page } from '@playwright/test';
import { expect, keyOf, test } from './fixtures.ts';
import { createTestClient, type TestClient } from './support/oauth-client.ts';

const REDIRECT = 'http://127.0.0.1:47999/callback';

/** Has a client ask for access, and returns where it sends its owner's browser. */
async function askFor(serverUrl: string): Promise<{ client: TestClient; sentTo: string }> {
  const client = createTestClient({ client_name: 'Kitchen assistant', redirect_uris: [REDIRECT] });
  await auth(client, { serverUrl });
  return { client, sentTo: String(client.sentTo) };
}

/** Stands where the client listens. `given` resolves to the parameters that it is told. */
async function listenFor(page: Page): Promise<{ given: Promise<URLSearchParams> }> {
  let tell: (parameters: URLSearchParams) => void = () => {};
  const given = new Promise<URLSearchParams>((resolve) => {
    tell = resolve;
  });
  await page.route(`${REDIRECT}?*`, async (route) => {
    tell(new URL(route.request().url()).searchParams);
    await route.fulfill({ body: 'Back at the client' });
  });
  return { given };
}

const asks = (page: Page, title: string | RegExp) => page.getByRole('heading', { level: 1, name: title });

test('an owner signs in for a client, allows it, sees it listed, and ends its access', async ({
  page,
  desk,
}) => {
  const serverUrl = `${desk.registryUrl}/mcp/demo%2Fweather`;
  const { client, sentTo } = await askFor(serverUrl);
  const { given } = await listenFor(page);

  // From another site, as a browser comes here: without a cookie, had it one.
  await page.goto(sentTo);
  await expect(page.getByText('A client asks you for access')).toBeVisible();
  await page.getByLabel('API key', { exact: true }).fill(keyOf(desk));
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(asks(page, 'Allow Kitchen assistant to call demo/weather?')).toBeVisible();
  await expect(page.getByText('Not verified')).toBeVisible();
  await expect(page.getByText('A program on this computer')).toBeVisible();
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await expect(page.getByText('Back at the client')).toBeVisible();
  const parameters = await given;
  expect(parameters.get('state')).toBe(new URL(sentTo).searchParams.get('state'));
  await auth(client, { serverUrl, authorizationCode: parameters.get('code') ?? '' });

  const call = async () => {
    const { status } = await fetch(serverUrl, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${client.kept.tokens?.access_token ?? ''}`,
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    });
    return status;
  };
  expect([401, 403]).not.toContain(await call());

  await page.goto(`${desk.url}/servers`);
  await page.getByRole('navigation').getByRole('link', { name: 'Clients' }).click();
  await expect(asks(page, 'Connected clients')).toBeFocused();
  const entry = page.getByRole('listitem').filter({ hasText: 'Kitchen assistant' });
  await expect(entry.getByRole('link', { name: 'demo/weather' })).toBeVisible();
  await expect(entry).toContainText(/Allowed .*Last call/);
  const end = entry.getByRole('button', { name: 'End access of Kitchen assistant' });
  await end.click();
  const dialog = page.getByRole('alertdialog', { name: 'End the access of Kitchen assistant?' });
  await dialog.getByRole('button', { name: 'Cancel, keep access' }).click();
  await expect(end).toBeFocused();
  await end.click();
  await dialog.getByRole('button', { name: 'End access', exact: true }).click();
  await expect(page.getByText('Ended the access of Kitchen assistant')).toBeVisible();
  await expect(page.getByText('No client is connected')).toBeVisible();
  await expect(asks(page, 'Connected clients')).toBeFocused();
  expect(await call()).toBe(401);
});

test('who signs in by a link in another tab finds the client that asks, and may deny it', async ({
  page,
  context,
  desk,
}) => {
  const { sentTo } = await askFor(`${desk.registryUrl}/mcp/demo%2Fweather`);
  await page.goto(sentTo);
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  const other = await context.newPage();
  const { given } = await listenFor(other);
  await other.goto(desk.signInLink ?? '');
  await expect(asks(other, /Allow Kitchen assistant/)).toBeVisible();
  await other.getByRole('button', { name: 'Deny', exact: true }).click();
  expect((await given).get('error')).toBe('access_denied');
});

test('a client that names no server is allowed those that its owner picks', async ({ signedIn, desk }) => {
  const { client, sentTo } = await askFor(`${desk.registryUrl}/mcp`);
  await signedIn.goto(sentTo);
  await expect(asks(signedIn, 'Allow Kitchen assistant to call your servers?')).toBeVisible();
  await signedIn.getByRole('button', { name: 'Allow', exact: true }).click();
  await expect(signedIn.getByRole('alert')).toHaveText('Pick at least one server, or deny.');
  await signedIn.getByRole('checkbox', { name: 'demo/weather', exact: true }).check();
  const { given } = await listenFor(signedIn);
  await signedIn.getByRole('button', { name: 'Allow', exact: true }).click();
  const code = (await given).get('code') ?? '';
  await expect(signedIn.getByText('Back at the client')).toBeVisible();
  await auth(client, { serverUrl: `${desk.registryUrl}/mcp`, authorizationCode: code });
  await signedIn.goto(`${desk.url}/clients`);
  await expect(signedIn.getByRole('listitem').filter({ hasText: 'Kitchen assistant' })).toContainText(
    'demo/weather',
  );
});

test('a browser that a client sends here with a request that cannot be answered is told why', async ({
  signedIn,
  desk,
}) => {
  const authorize = `${desk.registryUrl}/oauth/authorize?response_type=code`;
  await signedIn.goto(`${authorize}&client_id=never&redirect_uri=${REDIRECT}`);
  await expect(signedIn.getByText('Touchmark does not know this client')).toBeVisible();
  await signedIn.goto(authorize);
  await expect(signedIn.getByText('The client’s request is incomplete')).toBeVisible();
  await signedIn.goto(`${desk.url}/connect/authorize?request=never`);
  await expect(signedIn.getByText('It was answered already, or is older than 10 minutes.')).toBeVisible();
  await signedIn.goto(`${desk.url}/connect/authorize?problem=${encodeURIComponent('<img src=x>')}`);
  await expect(signedIn.getByText('The address names no request.')).toBeVisible();
});
