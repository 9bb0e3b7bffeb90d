import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Processes } from '#database/processes.ts';
import type { Database } from '#database/schema.ts';
import type { Limits } from '#gateway/gateway-limits.ts';
import { createRegistryCalls, type RegistryCalls } from '#gateway/registry/registry-calls.ts';
import type { RequestPace } from '#gateway/registry/request-pace.ts';
import type { Sessions } from '#gateway/sessions/sessions.ts';
import { createEmbeddedIndex } from './embedded-index.ts';
import { createKeptLists } from './kept-lists.ts';
import { createKeptServers } from './kept-servers.ts';
import type { OwnedServerIndex } from './owned-server-index.ts';
import { createRegistryFilling } from './registry-filling.ts';
import { createRemoteIndex } from './remote-index.ts';

interface Options {
  db: Kysely<Database>;
  registry: { url: string; embedded: boolean };
  process: Pick<Processes, 'id' | 'gone'>;
  sessions: Sessions;
  calls: RegistryCalls;
  pace: RequestPace;
  limits: Limits;
  random: () => number;
  now: () => Date;
  log: Logger;
}

/** The index of the owner's servers, whatever the registry. */
export function createOwnedServerIndex(options: Options): OwnedServerIndex {
  const { registry, process, pace } = options;
  if (registry.embedded) return createEmbeddedIndex(options);
  const processId = process.id;
  const lists = createKeptLists({ ...options, registry: registry.url, processId });
  const kept = createKeptServers({ ...options, registry: registry.url });
  const calls = createRegistryCalls({ ...options, url: registry.url, fetch: pace.inTurn });
  const filling = createRegistryFilling({ ...options, lists, kept, calls, gone: process.gone, processId });
  return createRemoteIndex({ ...options, lists, kept, filling });
}
