import { expect, test } from './fixtures.ts';
import { runCommand } from './support/run-command.ts';
import { createVisitor } from './support/visitor.ts';

test('attempts of strangers are a number in the owner’s Activity, however many they are', async ({
  signedIn,
  desk,
}) => {
  const place = ['--data', desk.dataFolder, '--json'];
  await runCommand(['user', 'add', 'mallory', ...place]);
  const { stdout } = await runCommand(['key', 'create', 'mallory', ...place]);
  const stranger = createVisitor(desk.url);
  await stranger.signIn({ apiKey: (JSON.parse(stdout) as { key: string }).key });
  await signedIn.goto(`${desk.url}/activity`);
  await expect(signedIn.getByRole('heading', { name: 'Nothing is kept here' })).toBeVisible();
  await expect(signedIn.getByText('refused attempt')).toHaveCount(0);
  for (let i = 0; i < 3; i++) await stranger.deleteServer('demo/weather');
  await signedIn.reload();
  await expect(
    signedIn.getByText('3 refused attempts by others in your namespaces in the last 30 days.', {
      exact: true,
    }),
  ).toBeVisible();
  await expect(signedIn.getByRole('listitem').filter({ hasText: 'demo/weather' })).toHaveCount(0);
  const screen = { 1280: 800, 375: 700 };
  for (const [width, height] of Object.entries(screen)) {
    await signedIn.setViewportSize({ width: Number(width), height });
    expect(await signedIn.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(
      true,
    );
  }
});
