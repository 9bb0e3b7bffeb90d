import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { registryPaths } from '#contract/api-paths.ts';
import type { Unreadable } from '#contract/registry-answers.ts';
import type { Processes } from '#database/processes.ts';
import type { Limits } from '#gateway/gateway-limits.ts';
import type { Session } from '#gateway/http/gateway-env.ts';
import { readAnswer, serverList } from '#gateway/registry/registry-answers.ts';
import type { RegistryCalls, RegistryOutcome } from '#gateway/registry/registry-calls.ts';
import { badAnswer, registryProblem } from '#gateway/registry/registry-problem.ts';
import type { RequestPace } from '#gateway/registry/request-pace.ts';
import type { Sessions } from '#gateway/sessions/sessions.ts';
import type { KeptList, KeptLists } from './kept-lists.ts';
import type { KeptServers } from './kept-servers.ts';
import { writeFailure } from './list-failure.ts';
import { namespaceOf } from './remote-server-facts.ts';
import { type Ask, readDetails } from './server-reading.ts';

/** Reads what signed-in keys own from a registry elsewhere, in the background. */
export interface RegistryFilling {
  /** Begins, or goes on, unless another process does. Rejects where the database fails. */
  keepUp(list: KeptList, session: Session): Promise<void>;
  /** Reads these namespaces before all else, and resolves when they were, or after some seconds. */
  readAgain(list: KeptList, namespaces: readonly string[]): Promise<void>;
  /** Ends all of it, so that another process may go on. */
  close(): Promise<void>;
}

interface Options {
  lists: KeptLists;
  kept: KeptServers;
  /** For calls that took their turn. */
  calls: RegistryCalls;
  pace: RequestPace;
  sessions: Pick<Sessions, 'endRefused'>;
  /** Which of some processes are gone. */
  gone: Processes['gone'];
  processId: string;
  limits: Limits;
  now: () => Date;
  log: Logger;
}

const PAGE_SIZE = 100;
// More than 100,000 servers in a namespace are not read.
const MOST_PAGES = 1000;
const SERVERS_AT_ONCE = 3;
const NAMESPACES_AT_ONCE = 5;
const TRIES = 3;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const REST_MS = 500;

interface Filling {
  list: KeptList;
  /** The newest, whose key and namespaces are read with. */
  session: Session;
  /** Aborted where it is to end at once. */
  ending: AbortController;
  /** Whether all lists were read, well or badly, since it began. */
  isListed: boolean;
  /** What somebody waits for. */
  again: { namespaces: readonly string[]; done: () => void }[];
  /** Until when nothing is read, since the registry gives no answers: by `performance.now()`. */
  pausedUntil: number;
  pauseMs: number;
  done: Promise<void>;
}

/** It is not to go on: signed out, idle, or another's turn. */
class FillingOver extends Error {
  override name = 'FillingOver';
}

export function createRegistryFilling(options: Options): RegistryFilling {
  const { lists, kept, calls, pace, sessions, gone, processId, limits, now, log } = options;
  const fillings = new Map<string, Filling>();
  let isClosed = false;

  async function keepUp(list: KeptList, session: Session): Promise<void> {
    const running = fillings.get(list.actor);
    if (running !== undefined) {
      running.session = session;
      return;
    }
    if (!(await takeLease(list)) || isClosed || fillings.has(list.actor)) return;
    const filling: Filling = {
      list,
      session,
      ending: new AbortController(),
      isListed: false,
      again: [],
      pausedUntil: 0,
      pauseMs: FIRST_PAUSE_MS,
      done: Promise.resolve(),
    };
    fillings.set(list.actor, filling);
    filling.done = fill(filling);
  }

  async function takeLease(list: KeptList): Promise<boolean> {
    const filler = await lists.filler(list);
    if (filler === processId) return true;
    if (filler !== null && !(await gone([filler])).includes(filler)) return false;
    return lists.take(list, filler);
  }

  async function fill(filling: Filling): Promise<void> {
    const { list, ending } = filling;
    try {
      await Promise.all(
        [keepListing(filling), keepDetailing(filling)].map(async (work) => work.catch(endAll)),
      );
    } catch (error) {
      const isExpected = error instanceof FillingOver || ending.signal.aborted;
      if (!isExpected) log.warn({ err: error }, 'reading of servers ended');
    }
    fillings.delete(list.actor);
    await lists.release(list).catch(() => {});

    function endAll(error: unknown): never {
      // Before the abort, which the other part is about to tell of as well.
      const reason = ending.signal.aborted ? new FillingOver() : error;
      ending.abort();
      throw reason;
    }
  }

  async function checkTurn({ list, ending }: Filling): Promise<void> {
    if (ending.signal.aborted || !(await lists.mayRead(list, limits.fillIdleMs))) throw new FillingOver();
  }

  /** Asks in its turn, for as long as it may go on, and again after having been told to wait. */
  const askFor = (filling: Filling, apiKey: string): Ask => {
    const { signal } = filling.ending;
    return async (path, asked = {}) => {
      for (let attempt = 1; ; attempt++) {
        await pace.turn(signal);
        await checkTurn(filling);
        const query = new URLSearchParams(asked);
        const outcome = await calls.send({ method: 'GET', path, query, apiKey, signal });
        if (signal.aborted) throw new FillingOver();
        if (statusOf(outcome) === 401) {
          await sessions.endRefused(filling.session);
          throw new FillingOver();
        }
        if (statusOf(outcome) !== 429 || attempt >= TRIES) return outcome;
      }
    };
  };

  async function rest(ms: number, { ending: { signal } }: Filling): Promise<void> {
    await sleep(ms, undefined, { signal, ref: false });
  }

  /** Waits while the registry gives no answers. */
  async function untilReady(filling: Filling): Promise<void> {
    const pause = filling.pausedUntil - performance.now();
    if (pause > 0) await rest(pause, filling);
    await checkTurn(filling);
  }

  function noteAnswer(filling: Filling, isAnswer: boolean): void {
    if (isAnswer) filling.pauseMs = FIRST_PAUSE_MS;
    else if (performance.now() >= filling.pausedUntil) {
      filling.pausedUntil = performance.now() + filling.pauseMs;
      filling.pauseMs = Math.min(filling.pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  async function keepListing(filling: Filling): Promise<void> {
    const read = new Set<string>();
    for (;;) {
      await untilReady(filling);
      const begun = performance.now();
      const { namespaces } = filling.session;
      const again = filling.again.splice(0);
      const due =
        again.length > 0
          ? [...new Set(again.flatMap((wanted) => wanted.namespaces))]
          : await dueNamespaces(filling, read);
      for (let i = 0; i < due.length; i += NAMESPACES_AT_ONCE) {
        await Promise.all(
          due.slice(i, i + NAMESPACES_AT_ONCE).map(async (name) => {
            await readNamespace(filling, name);
            read.add(name);
          }),
        );
      }
      for (const { done } of again) done();
      filling.isListed = true;
      const took = performance.now() - begun;
      // A list that takes long is not read all the time.
      const next = performance.now() + Math.max(limits.listEveryMs, due.length === 0 ? 0 : 10 * took);
      const isEnough = () =>
        filling.again.length === 0 && filling.session.namespaces.every((own) => has(namespaces, own));
      while (performance.now() < next && isEnough()) {
        await rest(Math.min(REST_MS, limits.listEveryMs), filling);
        await checkTurn(filling);
      }
    }
  }

  /** Those to be read now; at the beginning not those that were read a moment ago, as before a restart. */
  async function dueNamespaces({ list, session }: Filling, read: ReadonlySet<string>): Promise<string[]> {
    const names = session.namespaces.map(({ name }) => name);
    const rows = await kept.progress(list, names);
    const fresh = new Date(now().getTime() - limits.listEveryMs).toISOString();
    const isFresh = new Set(rows.flatMap((row) => ((row.listed_at ?? '') > fresh ? [row.namespace] : [])));
    return names.filter((name) => read.has(name) || !isFresh.has(name));
  }

  async function readNamespace(filling: Filling, namespace: string): Promise<void> {
    const { list, session } = filling;
    const ask = askFor(filling, session.apiKey);
    const begun = now();
    const lost: Unreadable = { entries: 0, values: 0 };
    const seen = new Set<string>();
    let claimed: number | null = null;
    for (let page = 1; page <= MOST_PAGES; page++) {
      const askedAt = now();
      const query = { namespace, page: String(page), pageSize: String(PAGE_SIZE) };
      const outcome = await ask(registryPaths.servers(), query);
      const read = statusOf(outcome) === 200 ? readAnswer(bodyOf(outcome), serverList) : undefined;
      noteAnswer(filling, read !== undefined || isRefusal(outcome));
      if (read === undefined) {
        const problem = statusOf(outcome) === 200 ? badAnswer() : registryProblem(outcome, now());
        return kept.failList(list, namespace, writeFailure(problem));
      }
      const { servers, pagination } = read.answer;
      // The filter is the registry's; whether it kept to it is seen here. What it gave beside it was not asked for.
      const own = servers.filter(({ qualifiedName }) => namespaceOf(qualifiedName) === namespace);
      lost.entries += read.unreadable.entries + servers.length - own.length;
      lost.values += read.unreadable.values;
      const fresh = own.filter(({ qualifiedName }) => !seen.has(qualifiedName));
      for (const { qualifiedName } of fresh) seen.add(qualifiedName);
      await kept.putListed(list, fresh, askedAt);
      const { totalPages, totalCount } = pagination;
      claimed = totalCount;
      const hasMore = totalPages === null ? servers.length >= PAGE_SIZE : page < totalPages;
      // One that brings nothing new is the last, whatever the registry says of more.
      if (!hasMore || fresh.length === 0) break;
    }
    await kept.endList(list, namespace, { begun, lost, claimed });
  }

  async function keepDetailing(filling: Filling): Promise<void> {
    for (;;) {
      await untilReady(filling);
      const { list, isListed } = filling;
      const due = await kept.due(list, { limit: SERVERS_AT_ONCE, onlyAtOnce: !isListed });
      await Promise.all(due.map(async (server) => readServer(filling, server)));
      if (due.length === 0) await rest(Math.min(REST_MS, limits.lookedAtEveryMs), filling);
    }
  }

  async function readServer(
    filling: Filling,
    { name, facts }: Awaited<ReturnType<KeptServers['due']>>[number],
  ): Promise<void> {
    const { list, session } = filling;
    const askedAt = now();
    const read = await readDetails(askFor(filling, session.apiKey), name, facts, now);
    noteAnswer(filling, read.kind !== 'failed');
    if (read.kind === 'gone') return kept.remove(list, name);
    // What could not be read is asked for again with the others.
    const pause = read.kind === 'read' ? limits.detailsEveryMs : limits.lookedAtEveryMs;
    const dueAt = new Date(askedAt.getTime() + pause);
    await kept.putDetails(list, name, {
      parts: read.kind === 'read' ? read.parts : undefined,
      askedAt,
      dueAt,
    });
  }

  return {
    keepUp,
    async readAgain({ actor }, namespaces) {
      const filling = fillings.get(actor);
      if (filling === undefined || namespaces.length === 0) return;
      await new Promise<void>((done) => {
        filling.again.push({ namespaces, done });
        setTimeout(done, limits.firstServersMs).unref();
      });
    },
    async close() {
      isClosed = true;
      for (const { ending } of fillings.values()) ending.abort();
      await Promise.all([...fillings.values()].map(async ({ done }) => done));
    },
  };
}

function has(namespaces: Session['namespaces'], { name }: Session['namespaces'][number]): boolean {
  return namespaces.some((known) => known.name === name);
}

function statusOf(outcome: RegistryOutcome): number | undefined {
  return outcome.kind === 'answered' ? outcome.status : undefined;
}

function bodyOf(outcome: RegistryOutcome): Uint8Array {
  return outcome.kind === 'answered' ? outcome.body : new Uint8Array();
}

/** An answer about what was asked for, and not about the registry's own state. */
function isRefusal(outcome: RegistryOutcome): boolean {
  const status = statusOf(outcome) ?? 0;
  return status >= 400 && status < 500 && status !== 429;
}
