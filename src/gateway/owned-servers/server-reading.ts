import { registryPaths } from '#contract/api-paths.ts';
import type { LatestRelease, LiveRelease, ServerCalls } from '#contract/owned-servers.ts';
import type { ReleaseListAnswer } from '#contract/registry-answers.ts';
import { isFailedStatus } from '#contract/server-filters.ts';
import {
  count,
  entry,
  listInPlace,
  orNull,
  type Reading,
  shownText,
  time,
} from '#gateway/registry/lenient-shapes.ts';
import {
  domainList,
  readAnswer,
  release,
  releaseList,
  serverDetail,
} from '#gateway/registry/registry-answers.ts';
import type { RegistryOutcome } from '#gateway/registry/registry-calls.ts';
import { cleanText } from '#platform/clean-text.ts';
import { errorText } from '#gateway/registry/response-parsing.ts';
import type { ServerFacts } from './remote-server-facts.ts';

/** Asks the registry for something to read, when its turn comes. */
export type Ask = (path: string, query?: Readonly<Record<string, string>>) => Promise<RegistryOutcome>;

/**
 * What reading a server brought.
 *
 * - `read`: all parts as they are now; one that could not be read this time is as it was.
 * - `gone`: the registry has no such server.
 * - `failed`: the registry gives no answer to go by.
 */
export type DetailsRead = { kind: 'read'; parts: Omit<ServerFacts, 'listed'> } | { kind: 'gone' | 'failed' };

const RELEASES = 20;
const CALLS = 100;
const DAY_MS = 86_400_000;

/** Reads of a server what its list does not tell. Rejects as `ask` does. */
export async function readDetails(
  ask: Ask,
  qualifiedName: string,
  before: ServerFacts,
  now: () => Date,
): Promise<DetailsRead> {
  const at = now().toISOString();
  const outcome = await ask(registryPaths.server(qualifiedName));
  if (isGone(outcome)) return { kind: 'gone' };
  const read = partOf(outcome, serverDetail(qualifiedName));
  if (read === 'failed') return { kind: 'failed' };
  const [releases, domains, calls] = await Promise.all([
    readReleases(ask, qualifiedName, before.releases?.latest, now),
    readDomains(ask, qualifiedName, now),
    readCalls(ask, qualifiedName, now),
  ]);
  const detail =
    read === 'not-given'
      ? read
      : {
          at,
          displayName: read.displayName,
          description: read.description,
          ...(read.tools === null || read.tools.length !== read.toolCount
            ? {}
            : { tools: read.tools.map(({ name }) => name) }),
        };
  return {
    kind: 'read',
    parts: {
      ...part('detail', detail, before),
      ...part('releases', releases, before),
      ...part('domains', domains, before),
      ...part('calls', calls, before),
    },
  };
}

/** A part of the answers: `not-given` where the registry refuses it, `failed` where it may tell another time. */
type Part<Value> = Value | 'not-given' | 'failed';

function part<Name extends keyof ServerFacts>(
  name: Name,
  read: Part<NonNullable<ServerFacts[Name]>>,
  before: ServerFacts,
): Partial<ServerFacts> {
  if (read === 'not-given') return {};
  const value = read === 'failed' ? before[name] : read;
  return value === undefined ? {} : { [name]: value };
}

function partOf<Value>(outcome: RegistryOutcome, read: Reading<Value>): Part<Value> {
  if (outcome.kind !== 'answered') return 'failed';
  if (outcome.status === 200) return readAnswer(outcome.body, read)?.answer ?? 'failed';
  return outcome.status >= 400 && outcome.status < 500 && outcome.status !== 429 ? 'not-given' : 'failed';
}

// A 404 without the API's words may be another's on the way.
function isGone(outcome: RegistryOutcome): boolean {
  return outcome.kind === 'answered' && outcome.status === 404 && errorText(outcome.body) !== null;
}

async function readDomains(
  ask: Ask,
  qualifiedName: string,
  now: () => Date,
): Promise<Part<NonNullable<ServerFacts['domains']>>> {
  const at = now().toISOString();
  const read = partOf(await ask(registryPaths.domains(qualifiedName)), domainList);
  return typeof read === 'string' ? read : { at, hosts: read.domains.map(({ hostname }) => hostname) };
}

async function readReleases(
  ask: Ask,
  qualifiedName: string,
  known: LatestRelease | null | undefined,
  now: () => Date,
): Promise<Part<NonNullable<ServerFacts['releases']>>> {
  const at = now().toISOString();
  const query = { page: '1', pageSize: String(RELEASES) };
  const read = partOf(await ask(registryPaths.releases(qualifiedName), query), releaseList);
  if (typeof read === 'string') return read;
  const latest = latestOf(read);
  const live = liveOf(read);
  return {
    at,
    ...(latest === undefined
      ? {}
      : { latest: latest && { ...latest, ...(await reasonOf(ask, qualifiedName, latest, known)) } }),
    ...(live === undefined ? {} : { live }),
  };
}

/** Undefined where it cannot be told. */
function latestOf({ releases, pagination }: ReleaseListAnswer): LatestRelease | null | undefined {
  const [latest] = releases;
  if (latest === undefined) return (pagination.totalCount ?? 0) === 0 ? null : undefined;
  if (latest === null) return undefined;
  const { id, status, createdAt } = latest;
  return id === null || status === null || createdAt === null ? undefined : { id, status, at: createdAt };
}

/** The newest that succeeded. Undefined where it cannot be told. */
function liveOf({ releases, pagination: { totalCount } }: ReleaseListAnswer): LiveRelease | null | undefined {
  for (const each of releases) {
    if (each === null || each.status === null) return undefined;
    const { id, status, type, createdAt } = each;
    if (status === 'SUCCESS') {
      return id === null || createdAt === null ? undefined : { id, type, at: createdAt };
    }
  }
  const isWhole = totalCount === null ? releases.length < RELEASES : totalCount === releases.length;
  return isWhole ? null : undefined;
}

/** Why it failed, from its log; nothing where that cannot be told. A release that ended does not change any more. */
async function reasonOf(
  ask: Ask,
  qualifiedName: string,
  latest: LatestRelease,
  known: LatestRelease | null | undefined,
): Promise<{ reason?: string | null }> {
  if (!isFailedStatus(latest.status)) return latest.status === 'SUCCESS' ? { reason: null } : {};
  if (known?.id === latest.id && known.status === latest.status && known.reason !== undefined) {
    return { reason: known.reason };
  }
  const read = partOf(await ask(registryPaths.release(qualifiedName, latest.id)), release);
  if (typeof read === 'string' || read.id !== latest.id || read.logs === null) return {};
  const { logs } = read;
  const line = logs.findLast(({ level }) => level?.toLowerCase() === 'error') ?? logs.at(-1);
  const reason = line === undefined ? '' : cleanText(line.message);
  return { reason: reason === '' ? null : reason };
}

interface Invocation {
  timestamp: string;
  response: { status: number | null; outcome: string | null };
}

const callLog = entry<{ invocations: (Invocation | null)[]; total: number | null }>({
  invocations: listInPlace(
    entry<Invocation>({
      timestamp: time,
      response: entry<Invocation['response']>({ status: orNull(count), outcome: orNull(shownText(100)) }),
    }),
    CALLS,
  ),
  total: orNull(count),
});

/** The calls, as far as the log tells of them: how far back it reaches is not told, so none in it is not none ever. */
async function readCalls(
  ask: Ask,
  qualifiedName: string,
  now: () => Date,
): Promise<Part<NonNullable<ServerFacts['calls']>>> {
  const to = now();
  const at = to.toISOString();
  const since = (days: number) => new Date(to.getTime() - days * DAY_MS).toISOString();
  const read = async (query: Record<string, string>) =>
    partOf(await ask(registryPaths.logs(qualifiedName), query), callLog);
  const month = await read({ from: since(30), to: at, limit: String(CALLS) });
  if (typeof month === 'string') return month;
  // Less than it lists cannot be.
  const total = (month.total ?? 0) < month.invocations.length ? null : month.total;
  // No call in the answer is none at all only by the registry's word.
  if (total === 0 && month.invocations.length === 0) {
    const ever = await read({ limit: '1' });
    const newest = typeof ever === 'string' ? undefined : sampleOf(ever.invocations, at);
    return {
      at,
      in7Days: 0,
      in30Days: 0,
      errorShare: null,
      ...(newest === undefined ? {} : { lastAt: newest.lastAt }),
    };
  }
  const sample = sampleOf(month.invocations, at);
  const isWhole = sample !== undefined && total === sample.calls.length;
  const week = isWhole ? undefined : await read({ from: since(7), to: at, limit: '1' });
  const ofWeek = typeof week === 'object' ? week.total : null;
  const in7Days = isWhole ? sample.calls.filter(({ timestamp }) => timestamp >= since(7)).length : ofWeek;
  return {
    at,
    // Nor more in a week than in the month.
    ...(in7Days === null || in7Days > (total ?? in7Days) ? {} : { in7Days }),
    ...(total === null ? {} : { in30Days: total }),
    ...(sample === undefined ? {} : { lastAt: sample.lastAt, ...errorsOf(sample.calls) }),
  };
}

/** The newest calls; undefined where an unreadable one, or their order, leaves open whether they are. */
function sampleOf(
  invocations: readonly (Invocation | null)[],
  now: string,
): { calls: Invocation[]; lastAt: string } | undefined {
  const calls = invocations.filter((call) => call !== null);
  const [first] = calls;
  if (first === undefined || calls.length < invocations.length) return undefined;
  const isNewestFirst = calls.every(
    (call, i) => i === 0 || call.timestamp <= (calls[i - 1]?.timestamp ?? ''),
  );
  // A clock that is a little ahead is no harm.
  const isPast = Date.parse(first.timestamp) <= Date.parse(now) + DAY_MS;
  return isNewestFirst && isPast ? { calls, lastAt: first.timestamp } : undefined;
}

function errorsOf(calls: readonly Invocation[]): Pick<ServerCalls, 'errorShare' | 'errorSample'> {
  if (calls.some(({ response }) => response.status === null)) return {};
  const failed = calls.filter(({ response }) => isError(response)).length;
  return { errorShare: failed / calls.length, errorSample: calls.length };
}

// Of a caller that left nobody knows what the answer would have been.
function isError({ status, outcome }: Invocation['response']): boolean {
  return (status ?? 0) >= 400 || outcome === 'exception' || (outcome?.startsWith('exceeded') ?? false);
}
