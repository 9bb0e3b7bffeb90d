import type { Context, Hono } from 'hono';
import { IDEMPOTENCY_KEY_HEADER, REGISTRY_PREFIX, SERVER_ID_HEADER } from '#contract/api-paths.ts';
import type { Operation } from '#contract/operations.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import { deskSource } from '#gateway/http/desk-source.ts';
import type { Identity } from '#contract/identity.ts';
import type { GatewayEnv, Session } from '#gateway/http/gateway-env.ts';
import { nameInPath } from '#gateway/http/name-in-path.ts';
import { Problem } from '#gateway/http/problem.ts';
import { productOf } from '#platform/user-agent.ts';
import type { Sessions } from '#gateway/sessions/sessions.ts';
import { changeAnswer } from './change-answer.ts';
import { readChangeBody } from './change-body.ts';
import type { ChangeKind } from './change-kind.ts';
import type { ChangeRunner } from './change-runner.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

interface Options {
  kinds: Iterable<ChangeKind>;
  sessions: Sessions;
  /** Whose key it is, as far as the registry tells. */
  identityOf: (session: Session) => Promise<Identity>;
  runner: ChangeRunner;
  view: (row: OperationRow) => Operation;
  /** How long a piece of an upload may wait to be taken, in milliseconds. */
  idleMs: number;
}

/** One route for each kind of change, which is all that can be changed in the registry through here. */
export function addChangeRoutes(
  app: Hono<GatewayEnv>,
  { kinds, sessions, identityOf, runner, view, idleMs }: Options,
): void {
  for (const kind of kinds) {
    app.on(kind.method, REGISTRY_PREFIX + kind.pattern, sessions.signedIn, async (c) => {
      // Also before an outcome is repeated: that is for those whose key is still accepted.
      const session = await sessions.upToDate(c.get('session'));
      const outcome = await runner.run({
        kind,
        id: operationId(c),
        target: nameInPath(c),
        seenId: seenServerId(c),
        body: await readChangeBody(c, kind.body, idleMs),
        apiKey: session.apiKey,
        actor: session.actor,
        namespaces: session.namespaces,
        requestId: c.get('requestId'),
        userAgent: productOf(c.req.header('User-Agent')),
        source: deskSource(c),
        by: await identityOf(session),
      });
      const { state, status } = outcome.entry;
      if (state === 'refused' && status === 401) await sessions.endRefused(session);
      return c.json(changeAnswer(kind, outcome, view(outcome.entry)));
    });
  }
}

function operationId(c: Context<GatewayEnv>): string {
  const id = c.req.header(IDEMPOTENCY_KEY_HEADER)?.toLowerCase() ?? '';
  if (UUID.test(id)) return id;
  throw new Problem(
    400,
    'idempotency-key-missing',
    `A change needs the header ${IDEMPOTENCY_KEY_HEADER} with a UUID of its own. Nothing was sent.`,
  );
}

function seenServerId(c: Context<GatewayEnv>): string | null {
  const id = c.req.header(SERVER_ID_HEADER);
  if (id === undefined) return null;
  if (/^[\x21-\x7e]{1,128}$/.test(id)) return id;
  throw new Problem(400, 'bad-request', `The header ${SERVER_ID_HEADER} holds no id. Nothing was sent.`);
}
