import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Kysely } from 'kysely';
import { ConfigError } from '#cli/config-error.ts';
import { readCommand } from '#cli/config.ts';
import { allowedHosts, publicUrl, signInLink } from '#cli/desk-addresses.ts';
import type { Config } from '#cli/options.ts';
import { openDataFolder, type DataFolder } from '#database/data-folder.ts';
import { openHints } from '#database/hints.ts';
import { openDatabase, type OpenDatabase } from '#database/open.ts';
import { joinProcesses, type Processes } from '#database/processes.ts';
import type { Database } from '#database/schema.ts';
import { sealingSecret } from '#database/sealing-secret.ts';
import { oneAtATime } from '#database/start-lock.ts';
import {
  createGateway,
  busyRequest,
  isHealthPath,
  malformedRequest,
  type Gateway,
  type GatewayOptions,
} from '#gateway/create-gateway.ts';
import { createRegistry } from '#registry/create-registry.ts';
import { ensureOwner, mintSessionKey, revokeKey } from '#registry/access/key-store.ts';
import { openBlobs } from '#registry/files/blob-place.ts';
import { reachDatabase } from '#cli/reachable-database.ts';
import { writeLostSecrets } from '#registry/secrets/lost-secrets.ts';
import { REGISTRY_MOUNT } from '#contract/api-paths.ts';
import { createHttpServer } from '#platform/http-server.ts';
import { createLog } from '#platform/log.ts';

/** A running desk. */
export interface Touchmark {
  url: string;
  /** What a person needs to know now, as label and value. */
  readyLines: [label: string, value: string][];
  /** Says that it is about to end, and serves on for as long as the configuration says. */
  drain(): Promise<void>;
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
    server.serve({
      fetch: composed.fetch,
      malformed: malformedRequest,
      busy: busyRequest,
      isUrgent: isHealthPath,
    });
    return {
      ...composed,
      drain: async () => {
        composed.startEnding();
        server.endConnections();
        await sleep(config.drainMs);
      },
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

interface Composed extends Omit<Touchmark, 'drain'> {
  fetch: Gateway['fetch'];
  startEnding: () => void;
  /** Ends answers that have no end of their own, so that the server can close. */
  endStreams: () => void;
}

async function compose(config: Config, port: number, siteFolder: string | null): Promise<Composed> {
  const url = publicUrl(config, port);
  const folder = openDataFolder(config.dataFolder, `process ${process.pid} (${url})`, config.secret);
  const log = createLog();
  let database: OpenDatabase | undefined;
  let processes: Processes | undefined;
  try {
    const { sqlitePath } = folder;
    const opened = await reachDatabase({ databaseUrl: config.databaseUrl, sqlitePath }, openDatabase);
    database = opened;
    const { db } = opened;
    // A data folder with its SQLite file is held by one process.
    const alone = opened.engine === 'sqlite';
    const secret = await oneAtATime(opened, async () =>
      sealingSecret(db, {
        folder,
        newSecret: config.newSecret,
        alone,
        onGivingUp: async (trx, { sessions }) => writeLostSecrets(trx, { sessions, now: now() }),
        now,
      }),
    );
    let gateway: Gateway | undefined;
    processes = await joinProcesses({
      db,
      registry: config.registryUrl ?? 'embedded',
      url,
      now,
      alone,
      onBeat: async () => gateway?.takeOverOperations(),
    });
    const shared = {
      db,
      secret,
      hosts: allowedHosts(config, port),
      siteFolder,
      desk: { name: config.name, accent: config.accent },
      process: processes,
      trustProxy: config.trustProxy,
      limits: { keepActivityMs: config.keepActivityMs },
      log,
      now,
    };
    const room =
      config.registryUrl === null
        ? await embeddedRoom(shared, config, { url, folder, database })
        : await remoteRoom(shared, config.registryUrl);
    gateway = room.gateway;
    await gateway.takeOverOperations();
    const joined = processes;
    return {
      url,
      fetch: (request, env) => room.gateway.fetch(request, env),
      startEnding: () => room.gateway.startEnding(),
      endStreams: () => {
        room.gateway.endStreams();
        room.endStreams();
      },
      readyLines: [['Touchmark', url], ...room.readyLines],
      close: async () => {
        await all(
          () => room.close(),
          () => joined.leave(),
          () => db.destroy(),
          () => folder.release(),
        );
      },
    };
  } catch (error) {
    await processes?.leave();
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
  { url, folder, database }: { url: string; folder: DataFolder; database: OpenDatabase },
): Promise<Room> {
  const { db, log } = shared;
  const registryUrl = url + REGISTRY_MOUNT;
  const blobs = await openBlobs({
    db,
    ownFolder: folder.blobFolder,
    sharedFolder: config.blobFolder,
    inDatabase: config.databaseUrl !== null,
    keepsOwn: config.databaseUrl !== null && existsSync(folder.sqlitePath),
    now,
    onMoved: (progress) => log.info(progress, 'bundles moved from the data folder'),
  });
  const hints = openHints(database.location);
  const registry = createRegistry({
    db,
    publicUrl: registryUrl,
    hosts: shared.hosts,
    secret: shared.secret,
    blobs,
    hints,
    allowPrivateUpstreams: config.allowPrivateUpstreams,
    openCatalog: config.openCatalog,
    limits: {
      nameHoldMs: config.nameHoldMs,
      keepLogsMs: config.keepLogsMs,
      keepActivityMs: config.keepActivityMs,
    },
    now,
    reportError: (error) => log.error({ err: error }, 'registry failed'),
  });
  const owner = await oneAtATime(database, async () => firstOwner(db, config));
  const gateway = createGateway({
    ...shared,
    registry: {
      name: 'Embedded registry',
      url: registryUrl,
      embedded: true,
      fetch: async (request, source) => registry.fetch(withoutPrefix(request), source),
      askNamespaces: registry.namespacesOf,
      writeSession: registry.writeSession,
    },
    registryApp: registry.fetch,
    signIn: {
      mintKey: (expiresAt) =>
        mintSessionKey(db, { userId: owner.userId, label: 'Sign-in link', expiresAt, now: now() }),
      revokeKey: (apiKey) => revokeKey(db, apiKey),
    },
  });
  return {
    gateway,
    endStreams: registry.endStreams,
    close: async () =>
      all(
        () => gateway.close(),
        () => registry.close(),
        () => hints.close(),
      ),
    readyLines: [
      ['Registry', registryUrl],
      ['Sign in', signInLink(url, await gateway.createSignInCode())],
      ...(owner.apiKey === null ? [] : ([['Owner key', owner.apiKey]] satisfies [string, string][])),
    ],
  };
}

async function firstOwner(db: Kysely<Database>, { samples }: Config) {
  const owner = await ensureOwner(db, now());
  if (!samples) return owner;
  const { addSamples, isEmptyRegistry } = await import('#registry/samples/add-samples.ts');
  if (await isEmptyRegistry(db)) {
    await addSamples(db, { ownerId: owner.userId, seed: SAMPLE_SEED, now: now() });
  }
  return owner;
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
    close: async () =>
      all(
        () => gateway.close(),
        () => registry.close(),
      ),
  };
}

/** Does each of these in turn, whatever becomes of the others. Throws what went wrong, in one line. */
async function all(...steps: (() => Promise<void> | void)[]): Promise<void> {
  const problems: string[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (problems.length > 0) throw new Error(problems.join(' '));
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
