import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMcpDesk, type McpDesk } from '#e2e/support/mcp-desk.ts';
import { startMcpServer, type RunningMcpServer } from '#e2e/support/mcp-servers.ts';
import { TEST_NOW } from '#e2e/support/test-registry.ts';
import { addVersion } from '#registry/filing/server-versions.ts';

interface Header {
  name: string;
  value?: string;
  variables?: Record<string, { isSecret?: boolean }>;
}
interface Gallery {
  servers: {
    server: {
      name: string;
      description: string;
      version: string;
      remotes?: { type: string; url: string; headers?: Header[] }[];
    };
  }[];
  metadata: { count: number; nextCursor?: string };
}

// What VS Code sends (mcpGalleryManifestService.ts, mcpGalleryService.ts): the cursor as it is, and the search with the
// first page alone.
describe('an editor that is given the address of the desk', () => {
  let desk: McpDesk;
  let upstream: RunningMcpServer;
  let names: string[];
  beforeAll(async () => {
    desk = await startMcpDesk('sqlite', { openCatalog: true });
    upstream = await startMcpServer();
    names = Array.from({ length: 60 }, (_, i) => `acme/tool-${String(i).padStart(2, '0')}`);
    for (const name of [...names, 'acme/weather']) {
      const serverRid = await desk.release(name, upstream.url);
      const { live_release_id: releaseId } = await desk.registry.db
        .selectFrom('servers')
        .select('live_release_id')
        .where('rid', '=', serverRid)
        .executeTakeFirstOrThrow();
      const version = { serverRid, releaseId: releaseId ?? '', told: '1.0.0', now: TEST_NOW };
      await addVersion(desk.registry.db, version);
    }
  });
  afterAll(async () => {
    await desk.stop();
    await upstream.close();
  });

  const serversUrl = () => `${desk.running.url}/v0.1/servers`;
  const getJson = async (url: string): Promise<unknown> => {
    const answer = await fetch(url, { headers: { Origin: 'vscode-file://vscode-app' } });
    expect([url, answer.status]).toEqual([url, 200]);
    expect(answer.headers.get('Content-Type')).toContain('application/json');
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*');
    return answer.json();
  };
  const pageOf = async (query: string) =>
    (await getJson(`${serversUrl()}?limit=50&version=latest${query}`)) as Gallery;
  const namesOf = ({ servers }: Gallery) => servers.map(({ server }) => server.name);
  const catalogName = (name: string) => `test.desk/${name.replace('/', '.')}`;

  it('finds out that this version of the API is spoken', async () => {
    expect(await getJson(`${serversUrl()}?limit=1`)).toMatchObject({ metadata: { count: 1 } });
  });

  it('reads page by page, searched or not', async () => {
    const first = await pageOf('');
    const second = await pageOf(`&cursor=${first.metadata.nextCursor}`);
    expect(second.metadata.nextCursor).toBeUndefined();
    expect([...namesOf(first), ...namesOf(second)]).toEqual([...names, 'acme/weather'].map(catalogName));
    const found = await pageOf(`&search=${encodeURIComponent('Acme.Tool')}`);
    const more = await pageOf(`&cursor=${found.metadata.nextCursor}`);
    expect([...namesOf(found), ...namesOf(more)]).toEqual(names.map(catalogName));
    for (const { server } of found.servers) {
      expect([server.name, server.description, server.version].every(Boolean)).toBe(true);
    }
  });

  it('installs a server by its name, asks for the key, and calls it', async () => {
    const url = `${serversUrl()}/${encodeURIComponent('test.desk/acme.weather')}/versions/latest`;
    const { server } = (await getJson(url)) as Gallery['servers'][number];
    const [remote] = server.remotes ?? [];
    expect(remote?.type).toBe('streamable-http');
    const headers = Object.fromEntries(
      (remote?.headers ?? []).map(({ name, value = '', variables = {} }) => {
        expect(Object.values(variables)).toEqual([expect.objectContaining({ isSecret: true })]);
        const [variable] = Object.keys(variables);
        return [name, value.replace(`{${variable}}`, desk.registry.ownerKey)];
      }),
    );
    const address = new URL((remote?.url ?? '').replace('http://desk.test', desk.running.url));
    const client = new Client({ name: 'editor', version: '1.0.0' });
    await client.connect(new StreamableHTTPClientTransport(address, { requestInit: { headers } }));
    expect((await client.listTools()).tools.length).toBeGreaterThan(0);
    await client.close();
  });

  it('hears JSON of all that is not there', async () => {
    for (const path of [
      '/v0.1',
      '/v0.1/',
      '/v0.1/nothing',
      '/v0.1/servers/test.desk%2Fnone/versions/latest',
    ]) {
      const answer = await fetch(desk.running.url + path);
      expect([path, answer.status, await answer.json()]).toEqual([path, 404, { error: expect.any(String) }]);
    }
    const change = await fetch(serversUrl(), { method: 'POST', body: '{}' });
    expect([change.status, change.headers.get('Allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('may look below the registry as well', async () => {
    const below = `${desk.running.url}/registry/v0.1/servers?limit=1`;
    expect(await getJson(below)).toEqual(await getJson(`${serversUrl()}?limit=1`));
  });
});
