import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '#cli/config-error.ts';
import { readCommand } from '#cli/config.ts';
import { allowedHosts, publicUrl } from '#cli/desk-addresses.ts';
import type { Config } from '#cli/options.ts';
import { openDataFolder } from '#database/data-folder.ts';
import { openDatabase, type OpenDatabase } from '#database/open.ts';
import {
  createGateway,
  malformedRequest,
  type Gateway,
  type GatewayOptions,
} from '#gateway/create-gateway.ts';
import { createRegistry, type RegistryOptions } from '#registry/create-registry.ts';
import { ensureOwner, mintKey, revokeKey } from '#registry/access/key-store.ts';
import { reachDatabase } from '#cli/reachable-database.ts';
import { REGISTRY_MOUNT } from '#contract/api-paths.ts';
import { createHttpServer } from '#platform/http-server.ts';
import { createLog } from '#platform/log.ts';

/** A running desk. */
export interface Touchmark {
  url: string;
  /** What a person needs to know now, as label and value. */
  readyLines: [label: string, value: string][];
  /** Lets what is under way finish, then frees everything. */
  close(): Promise<void>;
}

const SAMPLE_SEED = 20_260_101;

/** Starts everything this configuration asks for and resolves when it answers. Throws ListenError, ConfigError or DataFolderError. */
export async function startTouchmark(config: Config): Promise<Touchmark> {
  const server = createHttpServer();
  // Before anything is created, so that a taken port changes nothing. The port is a part of the address handed out.
  const port = await server.listen(config);
  try {
    const composed = await compose(config, port, builtSite());
    server.serve({ fetch: composed.fetch, malformed: malformedRequest });
    return {
      ...composed,
      close: async () => {
        composed.endStreams();
        await server.close();
        await composed.close();
      },
    };
  } catch (error) {
    await server.drop();
    throw error;
  }
}

/** The same desk behind Vite's own server, which serves the pages. Options come from the environment. */
export async function startInDevelopment({ port }: { port: number }): Promise<Composed> {
  const command = readCommand([]);
  if (command.command !== 'run') throw new ConfigError('Set options as environment variables.');
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
  const log = createLog();
  let database: OpenDatabase | undefined;
  try {
    const { sqlitePath } = folder;
    database = await reachDatabase({ databaseUrl: config.databaseUrl, sqlitePath }, openDatabase);
    const shared = {
      db: database.db,
      secret: folder.secret,
      hosts: allowedHosts(config, port),
      siteFolder,
      trustProxy: config.trustProxy,
      log,
      now,
    };
    const room =
      config.registryUrl === null
        ? await embeddedRoom(shared, config, { url, blobFolder: folder.blobFolder })
        : await remoteRoom(shared, config.registryUrl);
    await room.gateway.checkOpenOperations();
    const { db } = database;
    return {
      url,
      fetch: (request, env) => room.gateway.fetch(request, env),
      endStreams: () => {
        room.gateway.endStreams();
        room.endStreams();
      },
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
  const registryUrl = url + REGISTRY_MOUNT;
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
  if (config.samples) {
    const { addSamples, isEmptyRegistry } = await import('#registry/samples/add-samples.ts');
    if (await isEmptyRegistry(db)) {
      await addSamples(db, { ownerId: owner.userId, seed: SAMPLE_SEED, now: now() });
    }
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

async function remoteRoom(shared: Shared, registryUrl: string): Promise<Room> {
  const { remoteRegistry } = await import('#gateway/registry/remote-registry.ts');
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
  return new Request(url.origin + url.pathname.slice(REGISTRY_MOUNT.length) + url.search, request);
}

/** The built pages: beside the built server, or in `dist` when run from source. Null where nothing is built. */
function builtSite(): string | null {
  const candidates = ['../web', '../dist/web'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return candidates.find((folder) => existsSync(`${folder}/index.html`)) ?? null;
}
