import {
  type LatestRelease,
  type LiveRelease,
  type OwnedServer,
  type OwnedServerState,
  SERVER_FILTERS,
  SERVER_STATES,
  type ServerCalls,
} from '#contract/owned-servers.ts';
import { nameKey } from '#contract/name-order.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import type { ListedServer } from '#contract/registry-answers.ts';
import { FILTER_RULES, ownedServerState, QUIET_DAYS } from '#contract/server-filters.ts';
import type { OwnedServerRow } from '#database/owned-server-tables.ts';
import { ownIcon } from './owned-server-answers.ts';

/** Something that was read, and when it was asked for, as ISO 8601. */
type Read<Part> = Part & { at: string };

/** What was read of a server elsewhere, each part with its age. A part that is absent was never read, or is not given. */
export interface ServerFacts {
  listed: Read<Omit<ListedServer, 'qualifiedName' | 'slug' | 'homepage' | 'verified'>>;
  detail?: Read<{ displayName: string; description: string; tools?: string[] }>;
  releases?: Read<{ latest?: LatestRelease | null; live?: LiveRelease | null }>;
  domains?: Read<{ hosts: string[] }>;
  calls?: Read<ServerCalls>;
}

/** What was changed of a server through here. */
export type ServerChange = Read<{ displayName?: string; description?: string; hasIcon?: boolean }>;

const DAY_MS = 86_400_000;

/** The server as the index tells it, from what was read of it. */
export function composeServer(
  qualifiedName: string,
  facts: ServerFacts,
  change: ServerChange | null,
): OwnedServer {
  const { listed, detail, releases, domains, calls } = facts;
  const words = detail !== undefined && detail.at >= listed.at ? detail : listed;
  const newer = change !== null && change.at > words.at ? change : undefined;
  const { latest, live } = releases ?? {};
  const hasIcon = newer?.hasIcon ?? listed.iconUrl !== null;
  const { at: _, ...known } = calls ?? { at: '' };
  const ages = [listed.at, detail?.at, releases?.at, domains?.at, calls?.at].filter((at) => at !== undefined);
  return {
    ...(listed.id === null ? {} : { id: listed.id }),
    qualifiedName,
    namespace: namespaceOf(qualifiedName),
    displayName: newer?.displayName ?? words.displayName,
    description: newer?.description ?? words.description,
    iconUrl: hasIcon ? ownIcon(qualifiedName) : null,
    state: stateOf(facts),
    ...(listed.createdAt === null ? {} : { createdAt: listed.createdAt }),
    ...(listed.useCount === null ? {} : { uses: listed.useCount }),
    ...(latest === undefined ? {} : { latestRelease: latest }),
    ...(live === undefined ? {} : { liveRelease: live }),
    calls: known,
    ...(detail?.tools === undefined ? {} : { tools: detail.tools }),
    ...(domains === undefined ? {} : { domains: domains.hosts }),
    asOf: ages.reduce((oldest, at) => (at < oldest ? at : oldest)),
  };
}

/** The namespace of a name that was parsed before. */
export function namespaceOf(qualifiedName: string): string {
  return parseQualifiedName(qualifiedName)?.namespace ?? qualifiedName;
}

function stateOf({ listed, releases }: ServerFacts): OwnedServerState {
  return ownedServerState(
    releases?.latest === undefined ? undefined : (releases.latest?.status ?? null),
    liveTypeOf(listed, releases?.live),
  );
}

// The list's own word, where the releases tell of none that is live: what was deployed long ago may have no release left.
function liveTypeOf(
  { isDeployed, remote }: ServerFacts['listed'],
  live: LiveRelease | null | undefined,
): string | null | undefined {
  if (typeof live?.type === 'string') return live.type;
  if (isDeployed === true) return 'deployed';
  if (remote === false) return 'stdio';
  return live === null ? null : undefined;
}

/** The columns by which a server is sorted and counted. */
export function indexColumns(
  server: OwnedServer,
): Pick<
  OwnedServerRow,
  | 'sort_name'
  | 'state_rank'
  | 'released_at'
  | 'called_at'
  | 'uses'
  | 'created_at'
  | 'filter_bits'
  | 'quiet_from'
  | 'as_of'
> {
  return {
    sort_name: nameKey(server.displayName),
    state_rank: server.state === 'unknown' ? null : SERVER_STATES.indexOf(server.state),
    released_at: server.latestRelease?.at ?? null,
    called_at: server.calls.lastAt ?? null,
    uses: server.uses ?? null,
    created_at: server.createdAt ?? null,
    filter_bits: filterBits(server),
    quiet_from: quietFrom(server),
    as_of: server.asOf,
  };
}

function filterBits(server: OwnedServer): number {
  let bits = 0;
  for (const [place, filter] of SERVER_FILTERS.entries()) {
    // No other rule looks at the clock.
    if (filter !== 'quiet' && FILTER_RULES[filter](server, new Date(0))) bits |= 1 << place;
  }
  return bits;
}

/** From when on `isQuiet` holds of a server unless a call comes; null: never, as far as is known. */
function quietFrom({ state, calls, createdAt, liveRelease }: OwnedServer): string | null {
  if (state !== 'live' && state !== 'live-on-older') return null;
  if (calls.lastAt === undefined) return null;
  if (calls.lastAt !== null) return later(calls.lastAt);
  const there = createdAt ?? liveRelease?.at;
  if (there === undefined) return null;
  const { since } = calls;
  return since === undefined || since <= there ? later(there) : later(since, -1);
}

function later(time: string, ms = 0): string | null {
  const then = new Date(Date.parse(time) + QUIET_DAYS * DAY_MS + ms).toISOString();
  // After the year 9999 it is written otherwise, and compares as the earliest.
  return then.startsWith('+') ? null : then;
}
