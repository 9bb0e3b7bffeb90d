import type { HttpBindings } from '@hono/node-server';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { CallSource } from '#contract/call-source.ts';
import type { DeskLook } from '#contract/desk-look.ts';
import type { Operation } from '#contract/operations.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { Processes } from '#database/processes.ts';
import type { Database } from '#database/schema.ts';
import { addForwarding, addStreamForwarding } from './forward.ts';
import { addIconRoutes } from '#gateway/icons/icon-routes.ts';
import { createOwnedServerIndex } from '#gateway/owned-servers/create-index.ts';
import { addOwnedServerRoutes } from '#gateway/owned-servers/server-index-routes.ts';
import { addHealthRoutes } from './health-routes.ts';
import { defaultLimits, type Limits } from './gateway-limits.ts';
import { addActivityRoutes } from '#gateway/activity/activity-routes.ts';
import { startActivitySweeper } from '#gateway/operations/activity-sweeper.ts';
import { addOperationRoutes } from '#gateway/operations/operation-routes.ts';
import { createOperationStore } from '#gateway/operations/operation-store.ts';
import { allKinds } from '#gateway/changes/all-kinds.ts';
import { createChangeChecks } from '#gateway/changes/change-checks.ts';
import { createChangeEntries } from '#gateway/changes/change-entries.ts';
import type { ChangeKind } from '#gateway/changes/change-kind.ts';
import { addChangeRoutes } from '#gateway/changes/change-routes.ts';
import { addClientRoutes } from '#gateway/clients/client-routes.ts';
import { createChangeRunner } from '#gateway/changes/change-runner.ts';
import { createExpectations } from '#gateway/changes/expectations.ts';
import { operationView } from '#gateway/operations/operation-view.ts';
import type { OwnedServerIndex } from '#gateway/owned-servers/owned-server-index.ts';
import { createRequestPace } from '#gateway/registry/request-pace.ts';
import { createRegistryCalls, type RegistryFetch } from '#gateway/registry/registry-calls.ts';
import { createNamespaceSights } from '#gateway/sessions/namespace-sights.ts';
import { createSessionInfo } from '#gateway/sessions/session-info.ts';
import { createSessionAudit, type WriteSession } from '#gateway/sessions/session-audit.ts';
import { addSessionRoutes } from '#gateway/sessions/session-routes.ts';
import { createSessionStore } from '#gateway/sessions/session-store.ts';
import { createSessions, type AskNamespaces, type KeyMint } from '#gateway/sessions/sessions.ts';
import { createHttpApp } from './http-app.ts';
import { createSignInCodes } from '#gateway/sessions/sign-in-codes.ts';
import { createSignInLimiter } from '#gateway/sessions/sign-in-limiter.ts';
import type { TrustedProxies } from '#platform/client-address.ts';
import { repeat } from '#platform/repeated-work.ts';
import { createVault } from '#platform/sealing.ts';

export { isHealthPath } from './health-routes.ts';
export { busyRequest, malformedRequest } from '#gateway/http/request-log.ts';

/** A process among those that share a database. */
type GatewayProcess = Pick<Processes, 'id' | 'gone' | 'present'>;

export interface GatewayOptions {
  db: Kysely<Database>;
  /**
   * `url` has no trailing slash; `fetch` is called with absolute URLs under it. `askNamespaces` and `writeSession`
   * are there where the registry is our own.
   */
  registry: {
    name: string;
    url: string;
    embedded: boolean;
    fetch: RegistryFetch;
    askNamespaces?: AskNamespaces;
    writeSession?: WriteSession;
  };
  /** 32 bytes; seals registry keys at rest. */
  secret: Uint8Array;
  /** The values of Host under which the gateway answers, with their port. */
  hosts: readonly string[];
  /** The built pages; null where something else serves them. */
  siteFolder: string | null;
  /** How the operator tells this desk apart from others; by nothing unless given. */
  desk?: DeskLook;
  /** This process among those on the same database. */
  process: GatewayProcess;
  /** The proxies that are believed what they say of a client's address; none unless given. */
  trustProxy?: TrustedProxies | null;
  /** Makes keys for sign-in links; null where the registry is not ours. */
  signIn: KeyMint | null;
  log: Logger;
  now: () => Date;
  /** Our own registry, served under `/registry`. */
  registryApp?: (request: Request, source: CallSource) => Promise<Response>;
  limits?: Partial<Limits>;
  /** What can be changed through here. */
  kinds?: readonly ChangeKind[];
  /** From 0 to 1, for jitter. */
  random?: () => number;
}

export interface Gateway {
  fetch(request: Request, env: HttpBindings): Promise<Response>;
  /** A one-time code for a sign-in link. Rejects where the registry is not ours, or the database fails. */
  createSignInCode(): Promise<string>;
  /** Takes up what processes that are gone left open, and returns; checking goes on in the background. */
  takeOverOperations(): Promise<void>;
  /** From now on `/readyz` says that this process is about to end; everything else goes on. */
  startEnding(): void;
  /** Ends answers that have no end of their own. */
  endStreams(): void;
  /** Waits for the changes under way, then stops. Rejects then where outcomes are known that could not be written down. */
  close(): Promise<void>;
}

/** The gateway over its database and its registry. It opens nothing itself. */
export function createGateway(options: GatewayOptions): Gateway {
  const { db, log, now, random = Math.random } = options;
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const registry = options.registry.embedded ? 'embedded' : options.registry.url;
  const vault = createVault(options.secret, 'registry keys');
  const { fetch: fetchRegistry } = options.registry;
  const pace = createRequestPace({ fetch: fetchRegistry, perSecond: limits.fillPerSecond, now });
  const calls = createRegistryCalls({ ...options.registry, fetch: pace.counted, limits, random, now, log });
  const operations = createOperationStore({ db, registry, processId: options.process.id, now });
  const kinds = new Map((options.kinds ?? allKinds).map((kind) => [kind.action, kind]));
  const entries = createChangeEntries({ vault, registry, processId: options.process.id, now });
  const expectations = createExpectations((text) => vault.print(text));
  const noteOutcome: OwnedServerIndex['noteChange'] = async (entry, body) => index.noteChange(entry, body);
  const checks = createChangeChecks({
    operations,
    calls,
    kinds,
    expectations,
    noteOutcome,
    limits,
    random,
    now,
    log,
  });
  const runner = createChangeRunner({
    operations,
    calls,
    checks,
    entries,
    expectations,
    noteOutcome,
    present: options.process.present,
    limits,
    now,
    log,
  });
  const view = (row: OperationRow): Operation => {
    const entry = checks.withKnownOutcome(row);
    return operationView(entry, {
      checking: entry.settled_at === null && checks.isChecking(row.id),
      repeatable: kinds.get(row.action)?.repeatable ?? false,
    });
  };
  const store = createSessionStore({ db, vault, registry, now });
  const audit = createSessionAudit(db, { write: options.registry.writeSession ?? null, log });
  const sights = createNamespaceSights({ db, vault, registry, now });
  const sessions = createSessions({
    store,
    audit,
    calls,
    mint: options.signIn,
    askNamespaces: options.registry.askNamespaces ?? null,
    sights,
    checkMs: limits.sessionCheckMs,
    refreshMs: limits.briefCheckMs,
    now,
    log,
  });
  const index = createOwnedServerIndex({ ...options, sessions, calls, pace, limits, random });
  const codes = createSignInCodes(db, now);

  const app = createHttpApp(options);
  const { name, url, embedded } = options.registry;
  const registryInfo = { name, url, embedded, desk: options.desk ?? { name: null, accent: null } };
  const infoOf = createSessionInfo({ sessions, calls, registry: registryInfo });
  addSessionRoutes(app, {
    sessions,
    infoOf,
    calls,
    codes,
    limiter: createSignInLimiter(db, now),
    audit,
    trustProxy: options.trustProxy ?? null,
    now,
    mint: options.signIn,
    registry: registryInfo,
  });
  addChangeRoutes(app, {
    kinds: kinds.values(),
    sessions,
    identityOf: async (session) => (await infoOf(session)).identity,
    runner,
    view,
    idleMs: limits.idleMs,
  });
  addOperationRoutes(app, {
    sessions,
    operations,
    view,
    checkNow: (row, apiKey) => checks.checkNow(row, apiKey),
  });
  addActivityRoutes(app, { sessions, calls, operations, view, embedded, now });
  addForwarding(app, { sessions, calls, now });
  addIconRoutes(app, { sessions, calls, now });
  addOwnedServerRoutes(app, { sessions, index, infoOf });
  if (embedded) addClientRoutes(app, { sessions, calls, now });
  const ending = new AbortController();
  addStreamForwarding(app, {
    sessions,
    calls,
    now,
    commentMs: limits.streamCommentMs,
    ending: ending.signal,
  });
  const sweeper = startActivitySweeper({
    operations,
    sights,
    keepMs: limits.keepActivityMs,
    sweepMs: limits.activitySweepMs,
    now,
    log,
  });
  const sessionSweeper = repeat(async () => sessions.sweep(), {
    firstMs: 0,
    everyMs: limits.sessionSweepMs,
    onError: (error) => log.error({ err: error }, 'sessions not swept'),
  });
  let isEnding = false;
  let isClosed = false;
  addHealthRoutes(app, { db, calls, isEnding: () => isEnding });

  return {
    fetch: async (request, env) => app.fetch(request, env),
    async createSignInCode() {
      if (options.signIn === null) throw new Error('Sign-in links need the embedded registry');
      return codes.create();
    },
    async takeOverOperations() {
      if (isClosed) return;
      const gone = await options.process.gone(await operations.holders());
      for (const row of await operations.takeOver(gone)) {
        const apiKey = entries.apiKeyOf(row);
        if (apiKey !== undefined) checks.watch(row, apiKey);
      }
    },
    startEnding: () => {
      isEnding = true;
    },
    endStreams: () => ending.abort(),
    async close() {
      await runner.settled();
      const unwritten = await checks.close();
      await index.close();
      await sweeper.close();
      await sessionSweeper.close();
      isClosed = true;
      // Left to others only now: until here it was this process's to settle.
      await operations
        .giveUp()
        .catch((error: unknown) => log.error({ err: error }, 'operations not given up'));
      if (unwritten === 0) return;
      throw new Error(
        `The outcome of ${unwritten === 1 ? '1 change' : `${unwritten} changes`} could not be written down: it is in the log, and is looked up at the next start.`,
      );
    },
  };
}
