import Smithery from '@smithery/api';
import { expect, it } from 'vitest';
import { startDesk } from '#e2e/support/desk.ts';
import { release } from '#e2e/support/publishing.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { createVisitor } from '#e2e/support/visitor.ts';
import { freePort, peerFile, startPeer } from './peer-program.ts';

const NAME = 'acme/guarded';

it('a release of a fastmcp server that lets nobody in waits, and goes live once it does and the desk resumed it', async () => {
  const port = await freePort();
  const start = async (...authorization: string[]) =>
    startPeer(peerFile('guarded-server.js'), [String(port), ...authorization], { until: { port } });
  const [desk, guarded] = await Promise.all([
    startDesk({ args: ['--no-samples', '--allow-private-upstreams'] }),
    start('Bearer nobody-knows'),
  ]);
  const ownerKey = desk.ownerKey ?? '';
  const client = new Smithery({ apiKey: ownerKey, baseURL: desk.registryUrl, maxRetries: 0 });
  await client.namespaces.set('acme');
  await client.servers.create(NAME);
  const send = async (request: Request) =>
    fetch(new Request(desk.registryUrl + new URL(request.url).pathname, request));
  const payload = { type: 'external', upstreamUrl: `http://127.0.0.1:${port}/mcp` };
  const id = await release({ fetch: send, ownerKey }, NAME, { payload });
  const ended = async () =>
    eventually(
      async () => (await client.servers.releases.get(id, { qualifiedName: NAME })).status,
      (status) => !['QUEUED', 'WORKING'].includes(status),
    );
  expect(await ended()).toBe('AUTH_REQUIRED');

  const owner = createVisitor(desk.url);
  await owner.signIn({ apiKey: ownerKey });
  const resume = async () => (await owner.resumeRelease(NAME, id)).json?.['operation'];
  expect(await resume()).toMatchObject({ state: 'applied', finding: 'confirmed' });
  expect(await ended()).toBe('AUTH_REQUIRED');
  await guarded.stop();
  const open = await start();
  expect(await resume()).toMatchObject({ state: 'applied', finding: 'confirmed' });
  expect(await ended()).toBe('SUCCESS');
  const { tools } = await client.servers.get(NAME);
  expect(tools?.map(({ name }) => name)).toEqual(['team']);
  expect((await owner.resumeRelease(NAME, id)).status).toBe(400);
  await open.stop();
  await desk.stop();
});
