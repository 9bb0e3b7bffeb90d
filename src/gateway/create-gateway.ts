import type { HttpBindings } from '@hono/node-server';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '#database/schema.ts';
import { createBackground } from './background.ts';
import { addForwarding } from './forward.ts';
import { addHealthRoutes } from './health-routes.ts';
import { createLedgerEntries } from '#gateway/changes/ledger-entries.ts';
import { defaultLimits, type Limits } from './gateway-limits.ts';
import { addOperationRoutes } from '#gateway/operations/operation-routes.ts';
import { createOperationStore } from '#gateway/operations/operation-store.ts';
import { createReconciler } from '#gateway/changes/change-checks.ts';
import { createRegistryCalls, type RegistryFetch } from '#gateway/registry/registry-calls.ts';
import { createServerDeletion } from '#gateway/changes/change-runner.ts';
import { addSessionRoutes } from '#gateway/sessions/session-routes.ts';
import { createSessionStore } from '#gateway/sessions/session-store.ts';
import { createSessions, type KeyMint } from '#gateway/sessions/sessions.ts';
import { createShell } from './http-app.ts';
import { createSignInCodes } from '#gateway/sessions/sign-in-codes.ts';
import { createVault } from '#platform/sealing.ts';

export { malformedRequest } from '#gateway/http/request-log.ts';

export interface GatewayOptions {
  db: Kysely<Database>;
  /** `url` has no trailing slash; `fetch` is called with absolute URLs under it. */
  registry: { name: string; url: string; embedded: boolean; fetch: RegistryFetch };
  /** 32 bytes; seals registry keys at rest. */
  secret: Uint8Array;
  /** The values of Host under which the gateway answers, with their port. */
  hosts: readonly string[];
  /** The built pages; null where something else serves them. */
  siteFolder: string | null;
  /** Makes keys for sign-in links; null where the registry is not ours. */
  signIn: KeyMint | null;
  log: Logger;
  now: () => Date;
  /** Our own registry, served under `/registry`. */
  registryApp?: (request: Request) => Promise<Response>;
  limits?: Partial<Limits>;
  /** From 0 to 1, for jitter. */
  random?: () => number;
}

export interface Gateway {
  fetch(request: Request, env: HttpBindings): Promise<Response>;
  /** A one-time code for a sign-in link. Throws where the registry is not ours. */
  createSignInCode(): string;
  /** Takes up what an earlier process left open, and returns; looking goes on in the background. */
  reconcileOpenOperations(): Promise<void>;
  /** Waits for the deletes under way, then stops. */
  close(): Promise<void>;
}

/** The gateway over its database and its registry. It opens nothing itself. */
export function createGateway(options: GatewayOptions): Gateway {
  const { db, log, now, random = Math.random } = options;
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const registry = options.registry.embedded ? 'embedded' : options.registry.url;
  const vault = createVault(options.secret, 'registry keys');
  const calls = createRegistryCalls({ ...options.registry, limits, random, now, log });
  const operations = createOperationStore({ db, registry, now });
  const entries = createLedgerEntries({ vault, registry, now });
  const reconciler = createReconciler({ operations, calls, limits, random, log });
  const deletion = createServerDeletion({ operations, calls, reconciler, entries, limits, now, log });
  const store = createSessionStore({ db, vault, registry, now });
  const sessions = createSessions({ store, calls, mint: options.signIn, log });
  const codes = createSignInCodes(now);
  const background = createBackground();

  const app = createShell(options);
  const { name, url, embedded } = options.registry;
  addSessionRoutes(app, {
    sessions,
    calls,
    codes,
    now,
    mint: options.signIn,
    background: background.add,
    registry: { name, url, embedded },
  });
  addOperationRoutes(app, { sessions, operations, deletion, reconciler });
  addForwarding(app, { sessions, calls, now });
  addHealthRoutes(app, { db, calls });

  return {
    fetch: async (request, env) => app.fetch(request, env),
    createSignInCode() {
      if (options.signIn === null) throw new Error('Sign-in links need the embedded registry');
      return codes.create();
    },
    async reconcileOpenOperations() {
      for (const row of await operations.takeOver()) {
        const apiKey = entries.apiKeyOf(row);
        if (apiKey !== undefined) reconciler.watch(row, apiKey);
      }
    },
    async close() {
      await deletion.settled();
      await reconciler.close();
      await background.finished();
    },
  };
}
