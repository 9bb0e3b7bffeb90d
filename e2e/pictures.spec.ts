import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deleteDialog, expect, openDeleteDialog, serverRow, test } from './fixtures.ts';

const folder = fileURLToPath(new URL('pictures/', import.meta.url));

// The README's pictures. Every run takes them; `TOUCHMARK_UPDATE_PICTURES=1 npm run test:e2e -- pictures` keeps them.
function keep(path: string, name: string): void {
  if (process.env['TOUCHMARK_UPDATE_PICTURES'] !== '1') return;
  mkdirSync(folder, { recursive: true });
  copyFileSync(path, `${folder}${name}`);
}

test.use({ deviceScaleFactor: 2, viewport: { width: 1120, height: 700 }, colorScheme: 'light' });

test('the list looks as the README shows it', async ({ owner }, testInfo) => {
  await expect(serverRow(owner, 'demo/weather')).toContainText(/ago/);
  await owner.waitForLoadState('networkidle');
  const path = testInfo.outputPath('servers.png');
  await owner.screenshot({ path });
  keep(path, 'servers.png');
});

test('the delete dialog looks as the README shows it', async ({ owner, desk }, testInfo) => {
  await openDeleteDialog(owner, desk.url, 'demo/weather');
  await expect(deleteDialog(owner, 'demo/weather')).toContainText('in the last hour');
  await owner.waitForLoadState('networkidle');
  const path = testInfo.outputPath('delete-dialog.png');
  await owner.screenshot({ path });
  keep(path, 'delete-dialog.png');
});
