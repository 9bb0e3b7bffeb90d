import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { REGISTRY_MOUNT } from '#contract/api-paths.ts';
import { clientPaths, type ClientAnswer } from '#contract/connected-clients.ts';
import type { Engine } from '#database/engine.ts';
import { createRegistry, type RegistryOptions } from '#registry/create-registry.ts';
import { startMcpServer, type RunningMcpServer } from './mcp-servers.ts';
import type { TestClient } from './oauth-client.ts';
import { startGateway, type RunningGateway } from './running-gateway.ts';
import { addLiveServer, createTestRegistry, type TestRegistry } from './test-registry.ts';
import type { Visitor } from './visitor.ts';

/** The embedded registry behind its gateway, as a whole desk has them, with a real MCP server that is released here. */
export interface OAuthDesk {
  registry: TestRegistry;
  running: RunningGateway;
  url: string;
  upstream: RunningMcpServer;
  mcpUrl(qualifiedName: string): string;
  /** A browser in which the owner, or whoever has this key, is signed in. */
  signedIn(apiKey?: string): Promise<Visitor>;
  /** One POST of an MCP ping with this token, or without any. */
  ping(qualifiedName: string, token: string | null): Promise<Response>;
  stop(): Promise<void>;
}

export async function startOAuthDesk(
  engine: Engine = 'sqlite',
  options: Partial<RegistryOptions> = {},
): Promise<OAuthDesk> {
  const registry = await createTestRegistry(engine, { allowPrivateUpstreams: true, ...options });
  const upstream = await startMcpServer();
  // Where the registry is reached is known once the gateway listens.
  const serving: Pick<TestRegistry, 'fetch'> = { fetch: registry.fetch };
  const running = await startGateway({
    db: registry.db,
    registryUrl: 'http://127.0.0.1:9',
    registry: {
      name: 'Embedded registry',
      url: 'http://registry.internal',
      embedded: true,
      fetch: async (request, source) => serving.fetch(request, source),
      askNamespaces: registry.namespacesOf,
    },
    registryApp: async (request, source) => serving.fetch(request, source),
  });
  const { url, port } = running;
  const own = createRegistry({
    ...registry.registryOptions,
    publicUrl: url + REGISTRY_MOUNT,
    hosts: [`127.0.0.1:${port}`, `localhost:${port}`],
  });
  serving.fetch = own.fetch;
  await addLiveServer(registry, 'acme/weather', upstream.url);
  await addLiveServer(registry, 'acme/other', upstream.url);
  const mcpUrl = (name: string): string => `${url}${REGISTRY_MOUNT}/mcp/${encodeURIComponent(name)}`;
  return {
    registry,
    running,
    url,
    upstream,
    mcpUrl,
    async signedIn(apiKey = registry.ownerKey) {
      const visitor = running.visitor();
      const { status, text } = await visitor.signIn({ apiKey });
      if (status !== 200) throw new Error(`Signing in failed: ${text}`);
      return visitor;
    },
    ping: async (name, token) =>
      fetch(mcpUrl(name), {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json, text/event-stream',
          ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: INITIALIZE }),
      }),
    async stop() {
      await own.close();
      await running.stop();
      await registry.drop();
      await upstream.close();
    },
  };
}

const INITIALIZE = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'test', version: '1.0.0' },
};

/** Follows where the client sent its browser, as far as our page. Returns the id of its request. */
export async function requestIdOf({ sentTo }: TestClient): Promise<string> {
  const answer = await fetch(sentTo ?? '', { redirect: 'manual' });
  const page = new URL(answer.headers.get('Location') ?? 'about:blank');
  if (page.pathname !== '/connect/authorize') throw new Error(`${answer.status}: ${await answer.text()}`);
  return page.searchParams.get('request') ?? '';
}

/** Answers a request on the owner's page. Returns where the browser goes on, its parameters included. */
export async function answerRequest(owner: Visitor, id: string, answer: ClientAnswer): Promise<URL> {
  const { status, text, json } = await owner.call(clientPaths.request(id), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(answer),
  });
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return new URL(String(json?.['redirectTo']));
}

/** Goes the whole way: the client asks, the owner allows, the client has its tokens. */
export async function connectClient(
  desk: OAuthDesk,
  owner: Visitor,
  client: TestClient,
  qualifiedName = 'acme/weather',
): Promise<OAuthTokens> {
  const serverUrl = desk.mcpUrl(qualifiedName);
  await auth(client, { serverUrl });
  const target = await answerRequest(owner, await requestIdOf(client), { allow: true, servers: [] });
  await auth(client, { serverUrl, authorizationCode: target.searchParams.get('code') ?? '' });
  if (client.kept.tokens === undefined) throw new Error('The client has no tokens');
  return client.kept.tokens;
}
