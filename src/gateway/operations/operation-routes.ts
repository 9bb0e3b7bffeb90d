import type { Context, Hono } from 'hono';
import {
  gatewayPaths,
  IDEMPOTENCY_KEY_HEADER,
  REGISTRY_PREFIX,
  SERVER_ID_HEADER,
} from '#contract/api-paths.ts';
import type { OperationList, OperationState } from '#contract/operations.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import { deleteAnswer } from '#gateway/changes/delete-answer.ts';
import type { GatewayEnv } from '#gateway/http/gateway-env.ts';
import { nameInPath } from '#gateway/http/name-in-path.ts';
import type { OperationStore } from './operation-store.ts';
import { operationView } from './operation-view.ts';
import { Problem } from '#gateway/http/problem.ts';
import type { Reconciler } from '#gateway/changes/change-checks.ts';
import { cleanText } from '#gateway/registry/response-parsing.ts';
import type { ServerDeletion } from '#gateway/changes/change-runner.ts';
import type { Sessions } from '#gateway/sessions/sessions.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const STATES: readonly OperationState[] = ['sending', 'applied', 'refused', 'unknown'];
const MAX_PAGE = 100;
const DEFAULT_PAGE = 50;

interface Options {
  sessions: Sessions;
  operations: OperationStore;
  deletion: ServerDeletion;
  reconciler: Reconciler;
}

/** Deleting a server, and the ledger of what was done. */
export function addOperationRoutes(app: Hono<GatewayEnv>, options: Options): void {
  const { sessions, operations, deletion, reconciler } = options;
  const view = (row: OperationRow) => operationView(row, reconciler.isWatching(row.id));

  app.delete(`${REGISTRY_PREFIX}/servers/:name`, sessions.signedIn, async (c) => {
    const session = c.get('session');
    const userAgent = c.req.header('User-Agent');
    const row = await deletion.run({
      id: operationId(c),
      target: nameInPath(c),
      seenId: seenServerId(c),
      apiKey: session.apiKey,
      actor: session.actor,
      requestId: c.get('requestId'),
      userAgent: userAgent === undefined ? null : cleanText(userAgent),
    });
    if (row.state === 'refused' && row.status === 401) await sessions.endRefused(session);
    return c.json(deleteAnswer(view(row)));
  });

  app.get(gatewayPaths.operations(), sessions.signedIn, async (c) => {
    const limit = pageLimit(c.req.query('limit'));
    const rows = await operations.list(c.get('session'), {
      // One more than asked for tells whether there is another page.
      limit: limit + 1,
      before: c.req.query('before'),
      state: stateFilter(c.req.query('state')),
    });
    if (rows === undefined) throw new Problem(400, 'bad-request', 'There is no operation to list from.');
    const page = rows.slice(0, limit);
    const answer: OperationList = {
      operations: page.map(view),
      nextBefore: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    };
    return c.json(answer);
  });

  app.get(`${gatewayPaths.operations()}/:id`, sessions.signedIn, async (c) =>
    c.json(view(await visibleRow(c))),
  );

  app.post(`${gatewayPaths.operations()}/:id/check`, sessions.signedIn, async (c) => {
    const row = await visibleRow(c);
    const isOpen = row.state === 'unknown' || (row.state === 'sending' && !deletion.isUnderWay(row.id));
    if (!isOpen) return c.json(view(row));
    await reconciler.lookNow(row, c.get('session').apiKey);
    return c.json(view(await visibleRow(c)));
  });

  async function visibleRow(c: Context<GatewayEnv>): Promise<OperationRow> {
    const row = await operations.findVisible((c.req.param('id') ?? '').toLowerCase(), c.get('session'));
    if (row === undefined) throw new Problem(404, 'not-found', 'There is no such operation.');
    return row;
  }
}

function operationId(c: Context<GatewayEnv>): string {
  const id = c.req.header(IDEMPOTENCY_KEY_HEADER)?.toLowerCase() ?? '';
  if (UUID.test(id)) return id;
  throw new Problem(
    400,
    'idempotency-key-missing',
    `A delete needs the header ${IDEMPOTENCY_KEY_HEADER} with a UUID of its own. Nothing was sent.`,
  );
}

function seenServerId(c: Context<GatewayEnv>): string | null {
  const id = c.req.header(SERVER_ID_HEADER);
  if (id === undefined) return null;
  if (/^[\x21-\x7e]{1,128}$/.test(id)) return id;
  throw new Problem(400, 'bad-request', `The header ${SERVER_ID_HEADER} holds no id. Nothing was sent.`);
}

function pageLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PAGE;
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_PAGE) return Number(text);
  throw new Problem(400, 'bad-request', `The parameter limit must be a number from 1 to ${MAX_PAGE}.`);
}

function stateFilter(text: string | undefined): OperationState | undefined {
  if (text === undefined) return undefined;
  const state = STATES.find((candidate) => candidate === text);
  if (state === undefined)
    throw new Problem(400, 'bad-request', `The parameter state must be one of ${STATES.join(', ')}.`);
  return state;
}
