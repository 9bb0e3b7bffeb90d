import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, keyOf, serverRow, signIn, test } from './fixtures.ts';

/** The key as it could hide: as it is, and in the encodings that things are usually stored in. */
function formsOf(key: string): string[] {
  const bytes = Buffer.from(key);
  return [
    key,
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}

test('the API key stays out of everything the browser keeps or receives', async ({
  page: owner,
  desk,
  context,
}) => {
  await signIn(owner, desk.url, keyOf(desk));
  const received: string[] = [];
  owner.on('response', (response) => {
    received.push(response.url(), JSON.stringify(response.headers()));
    void response.text().then(
      (text) => received.push(text),
      () => {},
    );
  });
  await owner.goto(`${desk.url}/servers/demo%2Fweather`);
  await expect(owner.getByRole('button', { name: 'Delete server', exact: true })).toBeVisible();
  await owner.goto(`${desk.url}/activity`);
  await owner.goto(`${desk.url}/servers`);
  await expect(serverRow(owner, 'demo/weather')).toBeVisible();
  await owner.waitForLoadState('networkidle');
  const kept = await owner.evaluate(async () => {
    const databases = await indexedDB.databases();
    const caches = await window.caches.keys();
    return JSON.stringify([
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      databases,
      caches,
      document.cookie,
      window.name,
    ]);
  });
  const state = JSON.stringify(await context.storageState({ indexedDB: true }));
  const page = await owner.content();
  const everything = [...received, kept, state, page, desk.log()].join('\n');
  expect(everything).toContain('demo/weather');
  expect(formsOf(keyOf(desk)).filter((form) => everything.includes(form))).toEqual([]);
  // Scripts cannot read the session either.
  expect(await owner.evaluate(() => document.cookie)).toBe('');
});

test('the bundle holds no key', () => {
  const assets = fileURLToPath(new URL('../dist/web/assets/', import.meta.url));
  const code = readdirSync(assets)
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(assets + name, 'utf8'))
    .join('\n');
  expect(code.length).toBeGreaterThan(100_000);
  expect(code).not.toMatch(/\btm_[0-9A-Za-z]{36}\b/);
});
