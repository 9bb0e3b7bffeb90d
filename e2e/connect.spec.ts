import { expect, keyOf, signIn, test } from './fixtures.ts';

test('a server’s page tells how it is called where it wants an Authorization of its own', async ({
  page,
  desk,
}) => {
  await signIn(page, desk.url, keyOf(desk));
  await page.goto(`${desk.url}/servers/demo%2Fweather`);
  const connect = page.getByRole('region', { name: 'Connect' });
  await expect(
    connect.getByRole('heading', { name: 'If the server wants its own Authorization' }),
  ).toBeVisible();
  await expect(connect.getByText('"X-Touchmark-Key": "${TOUCHMARK_KEY}"')).toBeVisible();
  await expect(connect.getByText('{"Authorization": "Bearer ${secrets.API_TOKEN}"}')).toBeVisible();
  await expect(connect.getByText('A client that can ask for access needs neither')).toBeVisible();
  await page.setViewportSize({ width: 360, height: 740 });
  const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
  expect(scrollWidth).toBe(clientWidth);
});
