import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OwnedServerPage } from '#contract/owned-servers.ts';
import { startDesk, type Desk } from '#e2e/support/desk.ts';
import { publishUpstream } from '#e2e/support/publish-upstream.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { peerClients } from './peer-clients.ts';
import { peerServers, type PeerServer } from './peer-servers.ts';

// Each server with each client, through the registry and past it: the client must be told the same.

let desk: Desk;
let headers: Record<string, string>;
beforeAll(async () => {
  desk = await startDesk({ args: ['--allow-private-upstreams', '--no-samples'] });
  headers = { Authorization: `Bearer ${desk.ownerKey}` };
});
afterAll(async () => {
  await desk.stop();
});

describe.each(Object.entries(peerServers))('%s', (name, startServer) => {
  let server: PeerServer;
  let url: string;
  beforeAll(async () => {
    server = await startServer();
    const slug = name.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase();
    url = await publishUpstream(desk.registryUrl, {
      name: `peers/${slug.slice(0, 39).replace(/-$/, '')}`,
      upstreamUrl: server.url,
      headers,
    });
  });
  afterAll(async () => {
    await server.stop();
  });

  it.each(Object.entries(peerClients))('is called by %s', async (_client, callTool) => {
    const { tool, args, answer } = server.call;
    const direct = await callTool({ url: server.url, headers: {}, tool, args });
    const through = await callTool({ url, headers, tool, args });
    expect(through).toEqual(direct);
    expect(through.tools).toEqual(expect.arrayContaining(server.tools));
    // As JSON, which escapes quotes.
    expect(through.answer.replaceAll('\\"', '"')).toContain(answer);
  });

  it('is not said to fail where all went well', async () => {
    const calls = await eventually(
      async () => {
        const response = await fetch(`${desk.registryUrl}/-/servers`, { headers });
        const { servers } = (await response.json()) as OwnedServerPage;
        return servers.find(({ qualifiedName }) => url.endsWith(encodeURIComponent(qualifiedName)))?.calls;
      },
      (found) => (found?.in7Days ?? 0) >= 3 * Object.keys(peerClients).length,
    );
    expect(calls?.errorShare).toBe(0);
  });
});
