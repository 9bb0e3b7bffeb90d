import type { Context, MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';
import { registryPaths, UNATTENDED_HEADER } from '#contract/api-paths.ts';
import type { GatewayEnv, Session } from '#gateway/http/gateway-env.ts';
import { Problem } from '#gateway/http/problem.ts';
import type { RegistryCalls, RegistryOutcome } from '#gateway/registry/registry-calls.ts';
import { namespaceList, readAnswer } from '#gateway/registry/registry-answers.ts';
import {
  needsPlainCookie,
  readPageSecret,
  readSessionCookies,
  writeSessionCookie,
} from './session-cookie.ts';
import type { SessionStore } from './session-store.ts';

/** How keys are made and unmade for sign-in links; null where the registry is not ours. */
export interface KeyMint {
  mintKey(expiresAt: Date): Promise<string>;
  revokeKey(apiKey: string): Promise<void>;
}

interface Credentials {
  apiKey: string;
  minted: boolean;
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
  /** Ends it and the key that was made for it. */
  end(session: Session): Promise<void>;
  /** Ends it because the registry no longer takes its key. Never rejects: what that refusal means stands anyway. */
  endRefused(session: Session): Promise<void>;
  /** Ends it where the registry no longer takes its key. Throws `signed-out` then; else returns. */
  endIfRefused(session: Session, outcome: RegistryOutcome): Promise<void>;
  /** Aborted once it has ended: for answers that outlive their request. */
  untilEnded(session: Session): AbortSignal;
  /** Reads the owner's namespaces again. */
  refreshNamespaces(session: Session): Promise<Session>;
}

interface Options {
  store: SessionStore;
  calls: RegistryCalls;
  mint: KeyMint | null;
  /** How often it is looked whether another process ended a session that answers outlive here, in milliseconds. */
  checkMs: number;
  now: () => Date;
  log: Logger;
}

export function createSessions({ store, calls, mint, checkMs, now, log }: Options): Sessions {
  const outliving = new Map<string, AbortController>();

  function untilEnded({ idHash, expiresAt }: Session): AbortSignal {
    const known = outliving.get(idHash);
    if (known !== undefined) return known.signal;
    const controller = new AbortController();
    outliving.set(idHash, controller);
    setTimeout(() => cutOff(idHash), expiresAt.getTime() - now().getTime()).unref();
    const looking = setInterval(() => {
      if (controller.signal.aborted) return clearInterval(looking);
      // A database that does not answer says nothing about the session.
      store.isOpen(idHash).then(
        (isOpen) => isOpen || cutOff(idHash),
        () => {},
      );
    }, checkMs).unref();
    return controller.signal;
  }

  function cutOff(idHash: string): void {
    outliving.get(idHash)?.abort();
    outliving.delete(idHash);
  }

  async function end(session: Session): Promise<void> {
    await store.end(session.idHash).catch(storageFailed);
    cutOff(session.idHash);
    if (!session.minted || mint === null) return;
    // Else it dies by itself, an hour after the session would have.
    await mint.revokeKey(session.apiKey).catch(logged('key could not be revoked'));
  }

  async function endRefused(session: Session): Promise<void> {
    await end(session).catch(logged('session could not be ended'));
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

  return {
    end,
    untilEnded,
    endRefused,
    endIfRefused,
    signedIn: async (c, next) => {
      let session: Session | undefined;
      const isAttended = c.req.header(UNATTENDED_HEADER) === undefined;
      for (const cookie of readSessionCookies(c)) {
        session ??= await (isAttended ? store.use(cookie) : store.find(cookie)).catch(storageFailed);
      }
      if (session === undefined)
        throw new Problem(401, 'signed-out', 'You are signed out. Sign in to go on.');
      c.set('session', session);
      c.set('user', session.actor.slice(0, 12));
      await next();
    },
    async start(c, credentials) {
      for (const cookie of readSessionCookies(c)) {
        const old = await store.find(cookie).catch(storageFailed);
        if (old !== undefined) await end(old);
      }
      await store.sweep().catch(storageFailed);
      const userAgent = c.req.header('User-Agent') ?? null;
      const plain = needsPlainCookie(c);
      const pageSecret = readPageSecret(c);
      const { token, session } = await store
        .open({ ...credentials, userAgent, plain, pageSecret })
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
    async refreshNamespaces(session) {
      const outcome = await readNamespaces(calls, session.apiKey);
      await endIfRefused(session, outcome);
      const namespaces = namespacesIn(outcome);
      // Better yesterday's namespaces than no dashboard.
      if (namespaces === undefined) return session;
      await store.setNamespaces(session.idHash, namespaces);
      return { ...session, namespaces };
    },
  };
}

/** Reads the namespaces of the key's owner; without parameters the registry gives all of them. */
export async function readNamespaces(calls: RegistryCalls, apiKey: string): Promise<RegistryOutcome> {
  return calls.read({ method: 'GET', path: registryPaths.namespaces(), apiKey });
}

/** The names in the registry's answer, sorted; undefined where it is no such answer. */
export function namespacesIn(outcome: RegistryOutcome): string[] | undefined {
  if (outcome.kind !== 'answered' || outcome.status !== 200) return undefined;
  return readAnswer(outcome.body, namespaceList)
    ?.answer.namespaces.map(({ name }) => name)
    .sort();
}

function keyRefused(): Problem {
  return new Problem(401, 'signed-out', 'The registry no longer accepts your key. Sign in again to go on.');
}

function storageFailed(cause: unknown): never {
  throw new Problem(503, 'storage-failed', 'The database does not answer. Nothing was done; try again.', {
    cause,
  });
}
