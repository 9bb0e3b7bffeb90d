import { makeBundle } from './support/bundles.ts';
import { makeSigner, signBundle } from './support/signed-bundles.ts';
import { eventually } from './support/test-desk.ts';
import { expect, keyOf, test } from './fixtures.ts';

const NAME = 'demo/signed';

test('a server’s page says who signed its bundle and how much of that is known, and shows a download that lasts', async ({
  signedIn: page,
  desk,
  registry,
}) => {
  await registry.servers.create(NAME);
  const form = new FormData();
  form.append('payload', JSON.stringify({ type: 'stdio', runtime: 'node' }));
  const bundle = signBundle(makeBundle(), makeSigner('Acme Publishing'));
  form.append('bundle', new Blob([new Uint8Array(bundle)]), 'server.mcpb');
  await fetch(`${desk.registryUrl}/servers/${encodeURIComponent(NAME)}/releases`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${keyOf(desk)}` },
    body: form,
  });
  await eventually(
    async () => registry.servers.get(NAME),
    ({ connections }) => connections.length > 0,
  );

  await page.goto(`${desk.url}/servers/${encodeURIComponent(NAME)}`);
  const facts = page.getByRole('definition').filter({ hasText: 'Acme Publishing' });
  await expect(facts).toContainText('CN=Acme Publishing');
  await expect(facts).toContainText('The signature fits the bundle.');
  await expect(facts).toContainText('self-signed: anybody can make one under this name');
  await expect(facts).toContainText('The certificate is valid until');
  const download = page.locator('pre').filter({ hasText: 'curl' });
  await expect(download).toContainText('/servers/demo%2Fsigned/download');
  await expect(download).not.toContainText('grant');
});
