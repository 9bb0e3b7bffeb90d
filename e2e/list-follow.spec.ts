import { expect, search, serverRow, test, WAITING } from './fixtures.ts';

test(
  'the list follows what becomes of its servers, and no row changes under a pointer',
  WAITING,
  async ({ owner, registry }) => {
    await serverRow(owner, 'demo/weather').hover();
    await registry.servers.update('demo/weather', { displayName: 'Wetter' });
    const offer = owner.getByRole('button', { name: '1 change, show' });
    await expect(offer).toBeVisible({ timeout: 30_000 });
    await expect(serverRow(owner, 'demo/weather')).toContainText('Weather');
    await offer.click();
    await expect(serverRow(owner, 'demo/weather')).toContainText('Wetter');
    await expect(offer).toHaveCount(0);
    // Left alone, the list does it by itself.
    await owner.mouse.move(5, 5);
    await registry.servers.update('demo/weather', { displayName: 'Météo' });
    await expect(serverRow(owner, 'demo/weather')).toContainText('Météo', { timeout: 30_000 });
  },
);

test(
  'a server that was created or deleted elsewhere comes and goes with its counts',
  WAITING,
  async ({ owner, registry }) => {
    const all = owner.getByRole('button', { name: /^All \d+$/ });
    const before = Number((await all.innerText()).replaceAll(/\D/g, ''));
    await registry.servers.create('demo/created-elsewhere', {
      displayName: 'Created elsewhere',
      description: '',
    });
    await expect(all).toHaveText(`All ${before + 1}`, { timeout: 30_000 });
    await search(owner, 'created-elsewhere');
    await expect(serverRow(owner, 'demo/created-elsewhere')).toBeVisible();
    await registry.servers.delete('demo/created-elsewhere');
    await expect(all).toHaveText(`All ${before}`, { timeout: 30_000 });
    await expect(owner.getByText('No server matches', { exact: true })).toBeVisible();
  },
);
