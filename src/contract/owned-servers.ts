import type { SessionInfo } from './session.ts';

/** Where the browser finds the owner's servers. */
export const ownedServerPaths = {
  servers: () => '/api/-/servers',
  counts: () => '/api/-/servers/counts',
  /** The session, the first servers and the counts in one answer. */
  desk: () => '/api/-/desk',
} as const;

/** Where the gateway finds them in our own registry, relative to its root. */
export const ownedServerExtension = {
  servers: () => '/-/servers',
  counts: () => '/-/servers/counts',
} as const;

/**
 * What a server is doing, by its latest and its live release.
 *
 * - `live`: its latest release answers, on its owner's own host or the registry's.
 * - `live-on-older`: an older release is live, the latest failed.
 * - `failed`: its latest release failed, and none ever ran.
 * - `needs-sign-in`: its latest release waits for an authorization, and none is live.
 * - `releasing`: its first release is under way.
 * - `not-released`: nothing was ever released.
 * - `local`: its live release is a bundle that people run themselves.
 * - `unknown`: the registry does not tell.
 */
export const SERVER_STATES = [
  'live',
  'live-on-older',
  'failed',
  'needs-sign-in',
  'releasing',
  'not-released',
  'local',
  'unknown',
] as const;
export type OwnedServerState = (typeof SERVER_STATES)[number];

/** A release, as far as the list tells it. */
export interface LatestRelease {
  id: string;
  /** In the registry's own word. */
  status: string;
  /** ISO 8601: when it was asked for. */
  at: string;
  /** Why it failed, in a sentence; absent where it is not known, null where there is nothing to say. */
  reason?: string | null;
}

export interface LiveRelease {
  id: string;
  /** How it is reached, in the registry's own word. */
  type: string | null;
  /** ISO 8601: since when. */
  at: string;
}

/** The calls of a server. What is not known is absent; 0 is none. */
export interface ServerCalls {
  /** ISO 8601; null: none as far as `since` reaches. */
  lastAt?: string | null;
  in7Days?: number;
  in30Days?: number;
  /** From 0 to 1: of the calls of 7 days, or of the newest `errorSample`; null where there was none. */
  errorShare?: number | null;
  /** Of how many newest calls `errorShare` tells, where it is not all of 7 days. */
  errorSample?: number;
  /** ISO 8601: since when calls are counted, where that is later than what is asked for. */
  since?: string;
}

/**
 * One server of the owner. A field that is absent is not known, null says that there is none.
 */
export interface OwnedServer {
  /** The registry's id of it; absent where it tells none. */
  id?: string;
  qualifiedName: string;
  namespace: string;
  displayName: string;
  description: string;
  /** A path below the gateway's origin, or null. */
  iconUrl: string | null;
  state: OwnedServerState;
  isUnlisted?: boolean;
  isProtected?: boolean;
  /** ISO 8601. */
  createdAt?: string;
  uses?: number;
  latestRelease?: LatestRelease | null;
  liveRelease?: LiveRelease | null;
  calls: ServerCalls;
  tools?: string[];
  /** Host names. */
  domains?: string[];
  /** ISO 8601: when this was read from the registry. */
  asOf: string;
}

export const SERVER_ORDERS = ['name', 'state', 'released', 'called', 'uses', 'created'] as const;
/** By what the servers are ordered. Those of which it is not known, or that have none, come last, whichever the direction. */
export type ServerOrder = (typeof SERVER_ORDERS)[number];
export type Direction = 'asc' | 'desc';

/** Whether this can be the value of a server in an order: of a state its place among `SERVER_STATES`. */
export function isValueOf(order: ServerOrder, value: number | string): boolean {
  if (order === 'state') return typeof value === 'number' && SERVER_STATES[value] !== undefined;
  return order === 'uses' ? Number.isSafeInteger(value) : typeof value === 'string';
}

/**
 * `GET /api/-/servers?sort=uses&direction=desc&limit=200&cursor=…`, or `?name=…&name=…` for at most `MAX_NAMED` of them,
 * which are read anew first. `again=1`: so are the namespaces that could not be read, where the registry is elsewhere. `sort` is `uses` and `direction` `desc` unless asked otherwise; equals are ordered by their
 * qualified name.
 */
export interface OwnedServerPage {
  servers: OwnedServer[];
  /** Pass as `cursor` to get the next page; null at the end. */
  nextCursor: string | null;
  /** True while servers of the registry are still being read for the first time. */
  isFilling: boolean;
  /** ISO 8601: the age of the oldest that is here. */
  asOf: string;
  /**
   * Namespaces whose list the registry did not give when it was last asked: their servers are missing, or as they were.
   * Absent where there is none.
   */
  unreadNamespaces?: string[];
}

export const MAX_PAGE = 1000;
export const MAX_NAMED = 100;

/** `GET /api/-/servers/counts`. A filter that the registry cannot tell is absent. */
export interface ServerCounts {
  total: number;
  filters: Partial<Record<ServerFilter, number>>;
  namespaces: Record<string, number>;
  /** How many the registry itself counts, where that is more than it gave. */
  claimed?: number;
  isFilling: boolean;
  asOf: string;
}

/**
 * `GET /api/-/desk`, with the parameters of the list. What could not be read is null: asked for by its own path, it says
 * why.
 */
export interface DeskAnswer {
  session: SessionInfo;
  servers: OwnedServerPage | null;
  counts: ServerCounts | null;
}

export const SERVER_FILTERS = [
  'attention',
  'live',
  'failed',
  'not-released',
  'local',
  'unlisted',
  'quiet',
] as const;
export type ServerFilter = (typeof SERVER_FILTERS)[number];
