import { hashToken } from '#platform/sealing.ts';
import type { Context, MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';
import { UNATTENDED_HEADER } from '#contract/api-paths.ts';
import { formatSessionState, SESSION_HEADER, type SessionState } from '#contract/session.ts';
import type { CallSource } from '#contract/call-source.ts';
import { deskSource } from '#gateway/http/desk-source.ts';
import type { GatewayEnv, OwnedNamespace, Session, Viewer } from '#gateway/http/gateway-env.ts';
import { Problem } from '#gateway/http/problem.ts';
import { productOf } from '#platform/user-agent.ts';
import type { RegistryCalls, RegistryOutcome } from '#gateway/registry/registry-calls.ts';
import { namespacesCall, namespacesIn } from '#gateway/registry/namespace-names.ts';
import {
  needsPlainCookie,
  readPageSecret,
  readSessionCookies,
  writeSessionCookie,
} from './session-cookie.ts';
import type { NamespaceSights } from './namespace-sights.ts';
import type { SessionAudit, SessionEnd } from './session-audit.ts';
import type { SessionStore } from './session-store.ts';

// How long a remote registry's word about what a key has is good.
const NAMESPACES_FRESH_MS = 60_000;
const MOST_REFUSED = 1000;

/** How keys are made and unmade for sign-in links; null where the registry is not ours. */
export interface KeyMint {
  mintKey(expiresAt: Date): Promise<string>;
  revokeKey(apiKey: string): Promise<void>;
}

/** What a key has in our own registry, asked for directly; undefined where it is not accepted. */
export type AskNamespaces = (apiKey: string) => Promise<OwnedNamespace[] | undefined>;

interface Credentials {
  apiKey: string;
  minted: boolean;
  /** The names of the namespaces it has. */
  namespaces: string[];
}

/** Who is signed in, over the store, the cookie and the registry. */
export interface Sessions {
  /** Lets only signed-in browsers through, and sets `session`. */
  signedIn: MiddlewareHandler<GatewayEnv>;
  /** Starts a new session in place of whatever this browser had. */
  start(c: Context<GatewayEnv>, credentials: Credentials): Promise<Session>;
  /**
   * Gives the session that this page has just begun a plain cookie instead of the one that its browser did not keep;
   * undefined where there is none.
   */
  makePlain(c: Context<GatewayEnv>, pageSecret: string): Promise<Session | undefined>;
  /** Ends it, as its holder asked for, and the key that was made for it. */
  signOut(c: Context<GatewayEnv>, session: Session): Promise<void>;
  /** Ends it because the registry no longer takes its key. Never rejects: what that refusal means stands anyway. */
  endRefused(session: Session): Promise<void>;
  /** Ends it where the registry no longer takes its key. Throws `signed-out` then; else returns. */
  endIfRefused(session: Session, outcome: RegistryOutcome): Promise<void>;
  /** Aborted once it has ended: for answers that outlive their request. */
  untilEnded(session: Session): AbortSignal;
  /** Reads again what the key has. Returns the session as it was where that cannot be read; ends it as `endIfRefused`. */
  refreshNamespaces(session: Session): Promise<Session>;
  /** As `refreshNamespaces`, where what is known may not hold any more: for what depends on rights as they are now. */
  upToDate(session: Session): Promise<Session>;
  /** Who looks at the ledger, with the rights they have now. Ends the session as `endIfRefused`. */
  viewer(session: Session): Promise<Viewer>;
  /** Ends what is past its time: nobody can use it, and it is written down when it ended. */
  sweep(): Promise<void>;
}

interface Options {
  store: SessionStore;
  audit: SessionAudit;
  calls: RegistryCalls;
  mint: KeyMint | null;
  /** Null where the registry is not ours. */
  askNamespaces: AskNamespaces | null;
  /** For a registry that is not ours. */
  sights: NamespaceSights;
  /** How often it is looked whether a session that answers outlive here has ended, in milliseconds. */
  checkMs: number;
  /** How long a registry that is not ours is asked for what a key has, in milliseconds. */
  refreshMs: number;
  now: () => Date;
  log: Logger;
}

export function createSessions(options: Options): Sessions {
  const { store, audit, calls, mint, askNamespaces, sights, checkMs, refreshMs, now, log } = options;
  const outliving = new Map<string, AbortController>();
  // By hash: those whose key the registry refused lately, also where nobody was there to be told.
  const refused = new Set<string>();

  function untilEnded({ idHash, expiresAt }: Session): AbortSignal {
    const known = outliving.get(idHash);
    if (known !== undefined) return known.signal;
    const controller = new AbortController();
    outliving.set(idHash, controller);
    setTimeout(() => cutOff(idHash), expiresAt.getTime() - now().getTime()).unref();
    const looking = setInterval(() => {
      if (controller.signal.aborted) return clearInterval(looking);
      // A database that does not answer says nothing about the session.
      cutOffEnded(idHash).catch(() => {});
    }, checkMs).unref();
    return controller.signal;
  }

  /** Where another process ended it, or the registry no longer takes its key. */
  async function cutOffEnded(idHash: string): Promise<void> {
    const current = await store.current(idHash);
    if (current === undefined) cutOff(idHash);
    else await upToDate(current);
  }

  function cutOff(idHash: string): void {
    outliving.get(idHash)?.abort();
    outliving.delete(idHash);
  }

  async function end(session: Session, how: SessionEnd, source?: CallSource): Promise<void> {
    const ending = store.end(session, async (trx, ended) => audit.ended(trx, ended, how, source));
    await ending.catch(storageFailed);
    await letGo(session);
  }

  /** What an ended session leaves behind. Never rejects. */
  async function letGo({ idHash, minted, apiKey }: Session): Promise<void> {
    cutOff(idHash);
    if (!minted || mint === null) return;
    // Else it dies by itself, an hour after the session would have.
    await mint.revokeKey(apiKey).catch(logged('key could not be revoked'));
  }

  async function endRefused(session: Session): Promise<void> {
    refused.add(session.idHash);
    const [oldest] = refused;
    if (oldest !== undefined && refused.size > MOST_REFUSED) refused.delete(oldest);
    await end(session, 'refused').catch(logged('session could not be ended'));
  }

  function logged(what: string) {
    return (error: unknown) =>
      log.error({ reason: error instanceof Error ? error.name : typeof error }, what);
  }

  async function endIfRefused(session: Session, outcome: RegistryOutcome): Promise<void> {
    if (outcome.kind !== 'answered' || outcome.status !== 401) return;
    await endRefused(session);
    throw keyRefused();
  }

  async function ownedNow({ apiKey, namespaces }: Credentials): Promise<OwnedNamespace[]> {
    return askNamespaces === null ? sights.note(apiKey, namespaces) : ((await askNamespaces(apiKey)) ?? []);
  }

  async function refreshNamespaces(session: Session): Promise<Session> {
    const namespaces =
      askNamespaces === null ? await readRemote(session) : await askDirectly(session, askNamespaces);
    // Better yesterday's namespaces than no dashboard.
    return namespaces === undefined ? session : { ...session, namespaces, namespacesAt: now() };
  }

  async function askDirectly(session: Session, ask: AskNamespaces): Promise<OwnedNamespace[]> {
    const namespaces = await ask(session.apiKey);
    if (namespaces !== undefined) return namespaces;
    await endRefused(session);
    throw keyRefused();
  }

  async function readRemote(session: Session): Promise<OwnedNamespace[] | undefined> {
    const outcome = await calls.send({ ...namespacesCall(session.apiKey), totalMs: refreshMs });
    await endIfRefused(session, outcome);
    const names = namespacesIn(outcome);
    if (names === undefined) return undefined;
    const namespaces = await sights.note(session.apiKey, names);
    // Where it cannot be written they are read again at the next request.
    await store.setNamespaces(session.idHash, namespaces).catch(logged('namespaces not written'));
    return namespaces;
  }

  async function upToDate(session: Session): Promise<Session> {
    return askNamespaces === null && isFresh(session) ? session : refreshNamespaces(session);
  }

  // A clock that was set back makes nothing fresh.
  function isFresh({ namespacesAt }: Session): boolean {
    return Math.abs(now().getTime() - namespacesAt.getTime()) <= NAMESPACES_FRESH_MS;
  }

  function stateOf({ actor, expiresAt, idleAt }: Session): SessionState {
    const secondsTo = (time: Date) => Math.max(0, Math.floor((time.getTime() - now().getTime()) / 1000));
    return { idleSeconds: secondsTo(idleAt), endSeconds: secondsTo(expiresAt), key: actor.slice(0, 12) };
  }

  return {
    signOut: async (c, session) => end(session, 'signed-out', deskSource(c)),
    untilEnded,
    refreshNamespaces,
    upToDate,
    async viewer(session) {
      const current = await upToDate(session);
      const isConfirmed = isFresh(current);
      return { actor: current.actor, namespaces: isConfirmed ? current.namespaces : [], isConfirmed };
    },
    endRefused,
    endIfRefused,
    signedIn: async (c, next) => {
      let session: Session | undefined;
      const isAttended = c.req.header(UNATTENDED_HEADER) === undefined;
      for (const cookie of readSessionCookies(c)) {
        session ??= await (isAttended ? store.use(cookie) : store.find(cookie)).catch(storageFailed);
      }
      if (session === undefined) {
        if (readSessionCookies(c).some(({ token }) => refused.has(hashToken(token)))) throw keyRefused();
        throw new Problem(401, 'signed-out', 'You are signed out. Sign in to go on.');
      }
      c.set('session', session);
      c.set('user', session.actor.slice(0, 12));
      await next();
      c.header(SESSION_HEADER, formatSessionState(stateOf(session)));
    },
    async sweep() {
      const swept = await store.sweep(async (trx, session, how) => audit.ended(trx, session, how));
      for (const session of swept) await letGo(session);
    },
    async start(c, credentials) {
      const source = deskSource(c);
      for (const cookie of readSessionCookies(c)) {
        const old = await store.find(cookie).catch(storageFailed);
        if (old !== undefined) await end(old, 'replaced', source);
      }
      const userAgent = productOf(c.req.header('User-Agent'));
      const namespaces = await ownedNow(credentials).catch(storageFailed);
      const plain = needsPlainCookie(c);
      const pageSecret = readPageSecret(c);
      const { token, session } = await store
        .open({ ...credentials, namespaces, userAgent, plain, pageSecret }, async (trx, opened) =>
          audit.started(trx, opened, source),
        )
        .catch(storageFailed);
      writeSessionCookie(c, token, plain);
      return session;
    },
    async makePlain(c, pageSecret) {
      const made = await store.makePlain(pageSecret).catch(storageFailed);
      if (made === undefined) return undefined;
      writeSessionCookie(c, made.token, true);
      return made.session;
    },
  };
}

function keyRefused(): Problem {
  return new Problem(401, 'signed-out', 'The registry no longer accepts your key. Sign in again to go on.');
}

function storageFailed(cause: unknown): never {
  throw new Problem(503, 'storage-failed', 'The database does not answer. Nothing was done; try again.', {
    cause,
  });
}
