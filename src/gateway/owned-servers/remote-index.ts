import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isValueOf, type ServerCounts } from '#contract/owned-servers.ts';
import type { Limits } from '#gateway/gateway-limits.ts';
import type { Session } from '#gateway/http/gateway-env.ts';
import { Problem } from '#gateway/http/problem.ts';
import type { Sessions } from '#gateway/sessions/sessions.ts';
import { formatPosition, type ListPosition, parsePosition } from '#platform/list-position.ts';
import { repeat } from '#platform/repeated-work.ts';
import type { KeptList, KeptLists } from './kept-lists.ts';
import type { KeptServers, NamespaceProgress } from './kept-servers.ts';
import { readFailure } from './list-failure.ts';
import type { OwnedServerIndex } from './owned-server-index.ts';
import type { OwnedServerQuery } from './owned-server-query.ts';
import type { RegistryFilling } from './registry-filling.ts';
import type { ServerChange } from './remote-server-facts.ts';

interface Options {
  lists: KeptLists;
  kept: KeptServers;
  filling: RegistryFilling;
  sessions: Pick<Sessions, 'upToDate'>;
  limits: Limits;
  now: () => Date;
  log: Logger;
}

const LOOK_AGAIN_MS = 50;
const SWEEP_FIRST_MS = 60_000;

/** The index of a registry elsewhere: what was read of it, with its age. */
export function createRemoteIndex(options: Options): OwnedServerIndex {
  const { lists, kept, filling, sessions, limits, now, log } = options;

  const sweeper = repeat(async () => lists.forgetUnseen(new Date(now().getTime() - limits.keepOwnedMs)), {
    firstMs: Math.min(SWEEP_FIRST_MS, limits.activitySweepMs),
    everyMs: limits.activitySweepMs,
    onError: (error) => log.error({ err: error }, 'owned servers not swept'),
  });

  /** The list of this key, and how far it was read: to its first servers at least, unless that takes long. */
  async function look(session: Session): Promise<{ list: KeptList; progress: NamespaceProgress[] }> {
    const namespaces = session.namespaces.map(({ name }) => name);
    const list = await lists.look(session.actor);
    let progress = await kept.progress(list, namespaces);
    await filling.keepUp(list, session);
    const end = performance.now() + limits.firstServersMs;
    while (!isBegun(progress, namespaces) && performance.now() < end) {
      await sleep(LOOK_AGAIN_MS);
      progress = await kept.progress(list, namespaces);
      if (!isBegun(progress, namespaces) && (await kept.isUndetailed(list))) break;
    }
    return { list, progress };
  }

  return {
    withRights: async (session) => sessions.upToDate(session),
    async page(session, query) {
      const after = positionOf(query);
      let { list, progress } = await look(session);
      if (query.names === null && query.again) {
        await filling.readAgain(list, failedIn(progress));
        ({ list, progress } = await look(session));
      }
      if (query.names !== null) {
        await kept.readFirst(list, query.names, new Date(now().getTime() - limits.lookedAtEveryMs));
      }
      const { servers, last } =
        query.names === null
          ? await kept.page(list, { ...query, after })
          : { servers: await kept.named(list, query.names), last: null };
      const failed = progress.filter(isFailed);
      const isNothing = servers.length === 0 && after === null && query.names === null;
      const [first] = failed;
      // Nothing was read at all: that is not the same as having none.
      if (isNothing && first !== undefined && failed.length === session.namespaces.length) {
        throw readFailure(first.failure);
      }
      return {
        page: {
          servers,
          nextCursor: query.names === null && last !== null ? formatPosition(last, query) : null,
          isFilling: isUnlisted(progress, session) || (await kept.isUndetailed(list)),
          asOf: servers.reduce((oldest, { asOf }) => (asOf < oldest ? asOf : oldest), now().toISOString()),
          ...(first === undefined ? {} : { unreadNamespaces: failedIn(progress) }),
        },
        unreadable: {
          entries: progress.reduce((sum, { lost_entries }) => sum + lost_entries, 0),
          values: progress.reduce((sum, { lost_values }) => sum + lost_values, 0),
        },
      };
    },
    async counts(session): Promise<ServerCounts> {
      const { list, progress } = await look(session);
      const { total, filters, namespaces, undetailed, withState, withCalls, asOf } = await kept.counts(list);
      // Which of them are unlisted is not told; nor is there a number where nothing is known of any, or where it is not known
      // whether there are any.
      const { unlisted: _, quiet, ...byState } = filters;
      const isNone = total === 0 && !isUnlisted(progress, session) && !progress.some(isFailed);
      return {
        total,
        filters: {
          ...(isNone || withState > 0 ? byState : {}),
          ...(isNone || withCalls > 0 ? { quiet } : {}),
        },
        namespaces,
        ...claimedBy(progress, total),
        isFilling: undetailed > 0 || isUnlisted(progress, session),
        asOf: asOf ?? now().toISOString(),
      };
    },
    async noteChange({ action, target, state, settled_at }, body) {
      try {
        if (action === 'delete-server' && state === 'applied') await kept.hide(target);
        else
          await kept.change(
            target,
            state === 'applied' && settled_at !== null ? changed(body, settled_at) : null,
          );
      } catch (error) {
        // It is read again in its turn.
        log.error({ err: error, target }, 'change not noted');
      }
    },
    async close() {
      await filling.close();
      await sweeper.close();
    },
  };
}

/** Where to go on; null: at the beginning. Throws a Problem where the cursor is none of this order. */
function positionOf(query: OwnedServerQuery): ListPosition | null {
  if (query.names !== null || query.cursor === null) return null;
  const { sort, direction, cursor } = query;
  const position = parsePosition(cursor, {
    sort,
    direction,
    isValue: (value) => isValueOf(sort, value),
  });
  if (position !== undefined) return position;
  throw new Problem(400, 'bad-request', 'cursor: is none of this order. Begin at the first page.', {
    field: 'cursor',
  });
}

/** How many servers the registry counts, where it says so of every namespace and there are fewer. */
function claimedBy(progress: readonly NamespaceProgress[], total: number): { claimed?: number } {
  let [claimed, given] = [0, total];
  for (const namespace of progress) {
    if (namespace.claimed === null || namespace.listed_at === null) return {};
    claimed += namespace.claimed;
    given += namespace.lost_entries;
  }
  return claimed > given ? { claimed } : {};
}

type Failed = NamespaceProgress & { failure: string };

function isFailed(progress: NamespaceProgress): progress is Failed {
  return progress.failure !== null;
}

function failedIn(progress: readonly NamespaceProgress[]): string[] {
  return progress.filter(isFailed).map(({ namespace }) => namespace);
}

/** Whether something is known of every namespace. */
function isBegun(progress: readonly NamespaceProgress[], namespaces: readonly string[]): boolean {
  return progress.length >= namespaces.length;
}

/** Whether a namespace is still being read for the first time. */
function isUnlisted(progress: readonly NamespaceProgress[], { namespaces }: Session): boolean {
  return (
    !isBegun(
      progress,
      namespaces.map(({ name }) => name),
    ) || progress.some(({ listed_at, failure }) => listed_at === null && failure === null)
  );
}

function changed(body: Readonly<Record<string, unknown>> | null, at: string): ServerChange | null {
  if (body === null) return null;
  const { displayName, description, iconUrl } = body;
  return {
    at,
    ...(typeof displayName === 'string' ? { displayName } : {}),
    ...(typeof description === 'string' ? { description } : {}),
    ...(iconUrl === undefined ? {} : { hasIcon: iconUrl !== null }),
  };
}
