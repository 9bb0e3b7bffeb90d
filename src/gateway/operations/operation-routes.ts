import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { gatewayPaths } from '#contract/api-paths.ts';
import type { Operation, OperationList, OperationState } from '#contract/operations.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { GatewayEnv, Viewer } from '#gateway/http/gateway-env.ts';
import type { OperationStore } from './operation-store.ts';
import { pageLimit, readShape } from '#gateway/http/request-shapes.ts';
import { Problem } from '#gateway/http/problem.ts';
import type { Sessions } from '#gateway/sessions/sessions.ts';

const STATES = [
  'sending',
  'applied',
  'refused',
  'inconclusive',
  'unknown',
] as const satisfies readonly OperationState[];
const MAX_PAGE = 100;
const DEFAULT_PAGE = 50;

const pageQuery = z.object({
  limit: pageLimit({ usual: DEFAULT_PAGE, most: MAX_PAGE }),
  before: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'is no id of an operation')
    .optional(),
  state: z.enum(STATES, { error: `must be one of ${STATES.join(', ')}` }).optional(),
});

interface Options {
  sessions: Sessions;
  operations: OperationStore;
  view: (row: OperationRow) => Operation;
  /** Checks once what became of it, and writes that down. */
  checkNow: (row: OperationRow, apiKey: string) => Promise<unknown>;
}

/** The ledger of what was done. */
export function addOperationRoutes(app: Hono<GatewayEnv>, options: Options): void {
  const { sessions, operations, view, checkNow } = options;

  app.get(gatewayPaths.operations(), sessions.signedIn, async (c) => {
    const { limit, before, state } = readShape(pageQuery, c.req.query());
    const viewer = await sessions.viewer(c.get('session'));
    const after = before === undefined ? null : await operations.findVisible(before, viewer);
    if (after === undefined) throw new Problem(400, 'bad-request', 'There is no operation to list from.');
    const rows = await operations.list(viewer, {
      // One more than asked for tells whether there is another page.
      limit: limit + 1,
      after,
      filter: { states: state && [state] },
    });
    const page = rows.slice(0, limit);
    const answer: OperationList = {
      operations: page.map(view),
      nextBefore: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
      onlyOwn: !viewer.isConfirmed,
      refusedStrangers: viewer.isConfirmed ? await operations.countRefusedStrangers(viewer) : null,
    };
    return c.json(answer);
  });

  app.get(`${gatewayPaths.operations()}/:id`, sessions.signedIn, async (c) =>
    c.json(view(await visibleRow(c, await sessions.viewer(c.get('session'))))),
  );

  app.post(`${gatewayPaths.operations()}/:id/check`, sessions.signedIn, async (c) => {
    const viewer = await sessions.viewer(c.get('session'));
    const row = await visibleRow(c, viewer);
    // What is being sent has an answer to come, or is made unknown once its process has died.
    if (row.state !== 'unknown') return c.json(view(row));
    await checkNow(row, c.get('session').apiKey);
    return c.json(view(await visibleRow(c, viewer)));
  });

  async function visibleRow(c: Context<GatewayEnv>, viewer: Viewer): Promise<OperationRow> {
    const row = await operations.findVisible((c.req.param('id') ?? '').toLowerCase(), viewer);
    if (row === undefined) throw new Problem(404, 'not-found', 'There is no such operation.');
    return row;
  }
}
