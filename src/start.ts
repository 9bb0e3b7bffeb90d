import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { pino } from 'pino';
import { databaseLocation, isLoopback, readCommand, type Config } from '#cli/config.ts';
import { openDataFolder } from '#database/data-folder.ts';
import { openDatabase, type OpenDatabase } from '#database/open.ts';
import {
  createGateway,
  malformedRequest,
  type Gateway,
  type GatewayOptions,
} from '#gateway/create-gateway.ts';
import { remoteRegistry } from '#gateway/registry/remote-registry.ts';
import { createRegistry, type RegistryOptions } from '#registry/create-registry.ts';
import { ensureOwner, mintKey, revokeKey } from '#registry/access/key-store.ts';
import { addSamples, isEmptyRegistry } from '#registry/samples/add-samples.ts';
import { reachDatabase } from '#cli/reachable-database.ts';
import { limitSlowSenders } from '#platform/slow-senders.ts';

/** A running desk. */
export interface Touchmark {
  url: string;
  /** What a person needs to know now, as label and value. */
  readyLines: [label: string, value: string][];
  /** Lets what is under way finish, then frees everything. */
  close(): Promise<void>;
}

/** Why it cannot start, in one line for the person who started it. */
export class StartError extends Error {
  override name = 'StartError';
}

const SAMPLE_SEED = 20_260_101;

/** Starts everything this configuration asks for and resolves when it answers. Throws StartError, ConfigError or DataFolderError. */
export async function startTouchmark(config: Config): Promise<Touchmark> {
  const { server, attach } = acceptingServer();
  // Before anything is created, so that a taken port changes nothing.
  const port = await listen(server, config);
  try {
    const composed = await compose(config, port, builtSite());
    attach(composed.fetch);
    return {
      ...composed,
      close: async () => {
        composed.endStreams();
        await closeServer(server);
        await composed.close();
      },
    };
  } catch (error) {
    server.closeAllConnections();
    await closeServer(server);
    throw error;
  }
}

/** The same desk behind Vite's own server, which serves the pages. Options come from the environment. */
export async function startInDevelopment({ port }: { port: number }): Promise<Composed> {
  const command = readCommand([]);
  if (command.command !== 'run') throw new StartError('Set options as environment variables.');
  const composed = await compose({ ...command.config, port }, port, null);
  process.stdout.write(readyText(composed.readyLines));
  return composed;
}

/** The ready lines as text, to be written at once: whoever waits for one of them has them all. */
export function readyText(lines: Touchmark['readyLines']): string {
  return lines.map(([label, value]) => `${label.padEnd(10)} ${value}\n`).join('');
}

interface Composed extends Touchmark {
  fetch: Gateway['fetch'];
  /** Ends answers that have no end of their own, so that the server can close. */
  endStreams: () => void;
}

async function compose(config: Config, port: number, siteFolder: string | null): Promise<Composed> {
  const url = publicUrl(config, port);
  const folder = openDataFolder(config.dataFolder, `process ${process.pid} (${url})`, config.secret);
  const log = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  let database: OpenDatabase | undefined;
  try {
    const { sqlitePath } = folder;
    database = await reachDatabase({ databaseUrl: config.databaseUrl, sqlitePath }, () =>
      openDatabase(databaseLocation(config, sqlitePath)),
    );
    const shared = {
      db: database.db,
      secret: folder.secret,
      hosts: allowedHosts(config, port),
      siteFolder,
      log,
      now,
    };
    const room =
      config.registryUrl === null
        ? await embeddedRoom(shared, config, { url, blobFolder: folder.blobFolder })
        : remoteRoom(shared, config.registryUrl);
    await room.gateway.checkOpenOperations();
    const { db } = database;
    return {
      url,
      fetch: (request, env) => room.gateway.fetch(request, env),
      endStreams: room.endStreams,
      readyLines: [['Touchmark', url], ...room.readyLines],
      close: async () => {
        await room.close();
        await db.destroy();
        folder.release();
      },
    };
  } catch (error) {
    await database?.db.destroy();
    folder.release();
    throw error;
  }
}

interface Room {
  gateway: Gateway;
  endStreams: () => void;
  readyLines: [string, string][];
  close: () => Promise<void>;
}

type Shared = Omit<GatewayOptions, 'registry' | 'signIn' | 'registryApp'>;

async function embeddedRoom(
  shared: Shared,
  config: Config,
  { url, blobFolder }: { url: string } & Pick<RegistryOptions, 'blobFolder'>,
): Promise<Room> {
  const { db, log } = shared;
  const registryUrl = `${url}/registry`;
  const registry = createRegistry({
    db,
    publicUrl: registryUrl,
    secret: shared.secret,
    blobFolder,
    allowPrivateUpstreams: config.allowPrivateUpstreams,
    limits: { nameHoldMs: config.nameHoldMs, keepLogsMs: config.keepLogsMs },
    now,
    reportError: (error) => log.error({ err: error }, 'registry failed'),
  });
  const owner = await ensureOwner(db, now());
  if (config.samples && (await isEmptyRegistry(db))) {
    await addSamples(db, { ownerId: owner.userId, seed: SAMPLE_SEED, now: now() });
  }
  const gateway = createGateway({
    ...shared,
    registry: {
      name: 'Embedded registry',
      url: registryUrl,
      embedded: true,
      fetch: async (request) => registry.fetch(withoutPrefix(request)),
    },
    registryApp: registry.fetch,
    signIn: {
      mintKey: (expiresAt) =>
        mintKey(db, { userId: owner.userId, label: 'Sign-in link', expiresAt, now: now() }),
      revokeKey: (apiKey) => revokeKey(db, apiKey),
    },
  });
  return {
    gateway,
    endStreams: registry.endStreams,
    close: async () => {
      await gateway.close();
      await registry.close();
    },
    readyLines: [
      ['Registry', registryUrl],
      ['Sign in', `${url}/sign-in#code=${gateway.createSignInCode()}`],
      ...(owner.apiKey === null ? [] : ([['Owner key', owner.apiKey]] satisfies [string, string][])),
    ],
  };
}

function remoteRoom(shared: Shared, registryUrl: string): Room {
  const registry = remoteRegistry(registryUrl);
  const gateway = createGateway({
    ...shared,
    registry: { name: new URL(registryUrl).host, url: registryUrl, embedded: false, fetch: registry },
    signIn: null,
  });
  return {
    gateway,
    endStreams: () => {},
    readyLines: [['Registry', registryUrl]],
    close: async () => {
      await gateway.close();
      await registry.close();
    },
  };
}

function now(): Date {
  return new Date();
}

// The gateway asks for the registry's public URLs, as it would of a remote one; the registry's own paths begin at its root.
function withoutPrefix(request: Request): Request {
  const url = new URL(request.url);
  return new Request(url.origin + url.pathname.replace(/^\/registry/, '') + url.search, request);
}

/** Where others reach the desk. An address that stands for all of this machine's is none to give to anybody. */
function publicUrl({ publicUrl: given, host, allowHosts }: Config, port: number): string {
  if (given !== null) return given;
  const [named] = isLoopback(host) ? [] : allowHosts;
  if (named === undefined) return `http://${printableHost(host)}:${port}`;
  return `http://${/:\d+$/.test(named) ? named : `${named}:${port}`}`;
}

function allowedHosts(config: Config, port: number): string[] {
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].map((host) => `${host}:${port}`);
  const named = config.allowHosts.flatMap((host) =>
    /:\d+$/.test(host) ? [host] : [host, `${host}:${port}`],
  );
  const bound = isLoopback(config.host) ? [`${printableHost(config.host)}:${port}`] : [];
  const given = config.publicUrl === null ? [] : [new URL(config.publicUrl).host];
  return [...new Set([...loopback, ...bound, ...named, ...given])];
}

function printableHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The built pages: beside the built server, or in `dist` when run from source. Null where nothing is built. */
function builtSite(): string | null {
  const candidates = ['../web', '../dist/web'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return candidates.find((folder) => existsSync(`${folder}/index.html`)) ?? null;
}

interface AcceptingServer {
  server: Server;
  attach: (fetch: Gateway['fetch']) => void;
}

// The port is taken before the desk is ready, since its own address is part of what it hands out.
function acceptingServer(): AcceptingServer {
  let listener: ReturnType<typeof getRequestListener> | undefined;
  const server = createServer(
    {
      // Slow senders: 10 s for the headers, looked at every second; bodies are limited below.
      headersTimeout: 10_000,
      requestTimeout: 0,
      connectionsCheckingInterval: 1000,
      // So that a reader of events who vanished without a word is noticed.
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      // Longer than browsers keep idle sockets, so that they and not we close them: a browser re-sends a request,
      // a delete included, when a reused socket closes under it.
      keepAliveTimeout: 330_000,
    },
    (request, response) => {
      if (listener !== undefined) void listener(request, response);
      else response.writeHead(503, { 'Content-Type': 'text/plain', 'Retry-After': '1' }).end('Starting\n');
    },
  );
  limitSlowSenders(server);
  return {
    server,
    attach: (fetch) => {
      listener = getRequestListener((request, env) => fetch(request, env as HttpBindings), {
        overrideGlobalObjects: false,
        errorHandler: () => malformedRequest(),
      });
    },
  };
}

async function listen(server: Server, { port, host }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new StartError(explainListenError(error, port, host)));
    });
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new StartError('No port could be taken.'));
      else resolve(address.port);
    });
  });
}

function explainListenError(error: NodeJS.ErrnoException, port: number, host: string): string {
  if (error.code === 'EADDRINUSE')
    return `Port ${port} on ${host} is taken. Stop what uses it, or pass another --port.`;
  if (error.code === 'EACCES') return `Port ${port} may not be used by this user. Pass a --port above 1023.`;
  return `${host}:${port} cannot be listened on (${error.message}). Check --host and --port.`;
}

// Resolves when every request under way has been answered.
async function closeServer(server: Server): Promise<void> {
  // A connection kept alive becomes idle only after its answer, and then would hold the server open.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
  clearInterval(sweep);
}
