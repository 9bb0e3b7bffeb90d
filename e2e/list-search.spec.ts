import { expect, isDrawn, search, serverRow, test } from './fixtures.ts';

const ROWS = 'main tbody tr';

test('what is mistyped, turned around or written together finds its server, and says that it is only similar', async ({
  owner,
}) => {
  for (const query of ['wether archive', 'waether archive', 'weatherarchive']) {
    await search(owner, query);
    await expect(owner.locator(ROWS).first()).toContainText('demo/weather-archive');
  }
  await search(owner, 'wether archive');
  await expect(owner.getByText(/None is written so; .* similar/).first()).toBeVisible();
  await expect(serverRow(owner, 'demo/weather-archive').locator('mark').first()).toHaveText('Weather');
});

test('the best hit comes first, matched parts are marked, and a heading still sorts what was found', async ({
  owner,
}) => {
  await search(owner, 'demo');
  await expect(owner.locator(ROWS).first()).toContainText('Demo');
  await expect(owner.getByRole('combobox', { name: 'Sort' })).toHaveValue('');
  await search(owner, 'weather');
  await expect(owner.locator(ROWS).first().locator('mark').first()).toHaveText('Weather');
  await owner.getByRole('columnheader', { name: 'Uses' }).getByRole('button').click();
  await expect(owner).toHaveURL(/\?q=weather&sort=uses$/);
  await expect(owner.getByRole('columnheader', { name: 'Uses' })).toHaveAttribute('aria-sort', 'descending');
});

test('a tool or a word of the description finds a server, and its row says where it has it', async ({
  owner,
}) => {
  await search(owner, 'get_forecast');
  await expect(serverRow(owner, 'demo/weather')).toContainText('tool: get_forecast');
});

test('where the part that finds what is similar cannot be loaded, the list says so and a reload loses nothing', async ({
  signedIn: page,
  desk,
}) => {
  const part = /\/assets\/similar-search-.*\.js$/;
  let isThere = false;
  await page.route(part, async (route) => (isThere ? route.continue() : route.abort()));
  await page.goto(`${desk.url}/servers`);
  await isDrawn(page);
  // Not a moment before: it is asked for again with each query.
  page.on('request', (request) => {
    isThere ||= request.isNavigationRequest();
  });
  await search(page, 'wether archive');
  await expect(page.getByText(/^None is written so\. What is similar cannot be looked for/)).toBeVisible();
  await search(page, 'weather');
  await expect(page.locator(ROWS).first()).toContainText('demo/weather');
  await search(page, 'wether archive');
  await page.getByRole('button', { name: 'Reload the page', exact: true }).click();
  await expect(page.getByRole('searchbox', { name: 'Search servers' })).toHaveValue('wether archive');
  await expect(page.locator(ROWS).first()).toContainText('demo/weather-archive');
});

test('quotes are taken at their word', async ({ owner }) => {
  await search(owner, '"wether"');
  await expect(owner.getByText('No server matches', { exact: true })).toBeVisible();
  await search(owner, '"weather-arch');
  await expect(owner.locator(ROWS)).toHaveCount(1);
});

test('nothing found names what comes nearest, and a press searches for that', async ({ owner }) => {
  await search(owner, 'weathre spaceship');
  await expect(owner.getByText(/Did you mean/)).toBeVisible();
  await owner.getByRole('button', { name: 'Weather', exact: true }).click();
  await expect(owner.getByRole('searchbox', { name: 'Search servers' })).toHaveValue('Weather');
  await expect(serverRow(owner, 'demo/weather')).toBeVisible();
});

test('the keyboard alone searches, moves through rows and opens the first hit', async ({ owner }) => {
  const box = owner.getByRole('searchbox', { name: 'Search servers' });
  await expect(serverRow(owner, 'demo/weather')).toBeVisible();
  await owner.keyboard.press('/');
  await expect(box).toBeFocused();
  await owner.keyboard.type('weather');
  await expect(owner.locator(ROWS).first()).toContainText('demo/weather');
  await owner.keyboard.press('ArrowDown');
  await expect(serverRow(owner, 'demo/weather')).toBeFocused();
  await owner.keyboard.press('ArrowDown');
  await expect(serverRow(owner, 'demo/weather-archive')).toBeFocused();
  await owner.keyboard.press('ArrowUp');
  await owner.keyboard.press('ArrowUp');
  await expect(box).toBeFocused();
  await box.press('Enter');
  await expect(owner).toHaveURL(/\/servers\/demo%2Fweather$/);
});

test('the last row is an End away, also where it is not in the page yet', async ({ owner }) => {
  await owner.setViewportSize({ width: 1280, height: 400 });
  const table = owner.getByRole('table', { name: 'Servers', exact: true });
  await expect(serverRow(owner, 'demo/weather')).toBeVisible();
  const last = await table.getAttribute('aria-rowcount');
  await owner.getByRole('searchbox').press('ArrowDown');
  await owner.keyboard.press('End');
  await expect(table.locator(`tr[aria-rowindex="${last}"] a`)).toBeFocused();
  await owner.keyboard.press('Home');
  await expect(serverRow(owner, 'demo/weather')).toBeFocused();
});
