import type { Context, Hono } from 'hono';
import {
  activityPaths,
  type ActivityEntry,
  type ActivityFilter,
  type ActivityList,
  type OutcomeFilter,
  type Tombstone,
} from '#contract/activity.ts';
import type { Operation } from '#contract/operations.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { GatewayEnv, Viewer } from '#gateway/http/gateway-env.ts';
import { nameInPath } from '#gateway/http/name-in-path.ts';
import { Problem } from '#gateway/http/problem.ts';
import { readShape } from '#gateway/http/request-shapes.ts';
import type { OperationStore } from '#gateway/operations/operation-store.ts';
import type { RegistryCalls } from '#gateway/registry/registry-calls.ts';
import type { Sessions } from '#gateway/sessions/sessions.ts';
import { activityEntries } from './activity-entries.ts';
import { activityFiles, type ActivityFile } from './activity-file.ts';
import { readPage, type ActivityCursor, type ActivityItem } from './activity-pages.ts';
import { fileQuery, formatCursor, pageQuery, parseCursor } from './activity-query.ts';
import { createAuditRecord, type AuditRecord } from './audit-record.ts';
import { ledgerFilter } from './ledger-filter.ts';

interface Options {
  sessions: Sessions;
  calls: RegistryCalls;
  operations: OperationStore;
  view: (row: OperationRow) => Operation;
  /** Whether the registry is ours, and so writes down itself what happens. */
  embedded: boolean;
  now: () => Date;
}

type Filter = ActivityFilter & { outcome?: OutcomeFilter | undefined };

const FILE_PAGE = 100;

/** What happened to the owner's servers, whoever did it: the registry's own record and the ledger as one. */
export function addActivityRoutes(app: Hono<GatewayEnv>, options: Options): void {
  const { sessions, calls, operations, view, embedded, now } = options;

  app.get(activityPaths.activity(), sessions.signedIn, async (c) => {
    const { limit, before, ...filter } = readShape(pageQuery, c.req.query());
    const activity = await open(c);
    const { entries, next } = await activity.page(filter, parseCursor(before), limit);
    const { viewer } = activity;
    const answer: ActivityList = {
      entries,
      nextBefore: next === null ? null : formatCursor(next),
      isWhole: embedded,
      onlyOwn: !viewer.isConfirmed,
      refusedStrangers: viewer.isConfirmed ? await operations.countRefusedStrangers(viewer) : null,
    };
    return c.json(answer);
  });

  app.get(activityPaths.download(), sessions.signedIn, async (c) => {
    const { format, ...filter } = readShape(fileQuery, c.req.query());
    const activity = await open(c);
    const pages = pagesOf((cursor) => activity.page(filter, cursor, FILE_PAGE));
    // Before the answer begins: what fails here is still an error of its own.
    const first = await pages.next();
    const file = activityFiles[format];
    const name = `touchmark-activity-${now().toISOString().slice(0, 10)}.${file.extension}`;
    return c.body(
      streamOf(fileTexts(file, first, pages), () => c.env.outgoing.destroy()),
      200,
      {
        'Content-Type': file.contentType,
        'Content-Disposition': `attachment; filename="${name}"`,
        'Cache-Control': 'no-store',
      },
    );
  });

  app.get(`${activityPaths.tombstones()}/:name`, sessions.signedIn, async (c) => {
    const qualifiedName = nameInPath(c);
    const { audit, viewer } = await open(c);
    const told = await audit?.tombstone(qualifiedName);
    const row = await operations.findEnd(qualifiedName, viewer);
    const entryOf = async (item: ActivityItem) =>
      (await activityEntries([item], { operations, view, viewer }))[0] ?? null;
    if (told !== undefined) {
      // Its own entry of the end may be forgotten before the name is free.
      const isSame = row !== undefined && (told.id === null || row.target_id === told.id);
      const item = told.entry === null ? isSame && { row } : { entry: told.entry };
      return c.json({ ...told, entry: item ? await entryOf(item) : null } satisfies Tombstone);
    }
    if (row === undefined) throw new Problem(404, 'not-found', 'Nothing is known of a server of this name.');
    return c.json({
      qualifiedName,
      id: row.target_id,
      displayName: null,
      entry: await entryOf({ row }),
      went: null,
      heldUntil: null,
      movedTo: view(row).movedTo ?? null,
    } satisfies Tombstone);
  });

  /** Both records with the rights of this moment. */
  async function open(c: Context<GatewayEnv>) {
    const session = c.get('session');
    const viewer = await sessions.viewer(session);
    const audit = embedded
      ? createAuditRecord({
          calls,
          apiKey: session.apiKey,
          onAnswer: async (outcome) => sessions.endIfRefused(session, outcome),
          now,
        })
      : null;
    return {
      viewer,
      audit,
      page: async (filter: Filter, cursor: ActivityCursor, limit: number) =>
        pageOf({ audit, viewer }, filter, cursor, limit),
    };
  }

  async function pageOf(
    { audit, viewer }: { audit: AuditRecord | null; viewer: Viewer },
    { outcome, ...filter }: Filter,
    cursor: ActivityCursor,
    limit: number,
  ): Promise<{ entries: ActivityEntry[]; next: ActivityCursor | null }> {
    const narrowed = ledgerFilter({ ...filter, outcome }, viewer);
    const { items, next } = await readPage(
      {
        // What is under way or could not be found out is the ledger's alone: the registry writes down what is done.
        audit:
          audit === null || outcome === 'unclear'
            ? null
            : async (before, count) => audit.list({ ...filter, outcome }, { before, limit: count }),
        operations: async (after, count) =>
          narrowed === null ? [] : operations.list(viewer, { limit: count, after, filter: narrowed }),
        recorded: async (ids) => (audit === null ? new Set() : audit.operations(ids)),
      },
      cursor,
      limit,
    );
    return { entries: await activityEntries(items, { operations, view, viewer }), next };
  }
}

/** Every page from the first to the last. */
async function* pagesOf(
  read: (cursor: ActivityCursor) => Promise<{ entries: ActivityEntry[]; next: ActivityCursor | null }>,
): AsyncGenerator<ActivityEntry[]> {
  let cursor: ActivityCursor | null = { operations: null, audit: null };
  while (cursor !== null) {
    const page = await read(cursor);
    yield page.entries;
    cursor = page.next;
  }
}

async function* fileTexts(
  file: ActivityFile,
  first: IteratorResult<ActivityEntry[], unknown>,
  rest: AsyncGenerator<ActivityEntry[]>,
): AsyncGenerator<string> {
  yield file.start;
  let isFirst = true;
  for (let page = first; page.done !== true; page = await rest.next()) {
    yield file.page(page.value, isFirst);
    isFirst &&= page.value.length === 0;
  }
  yield file.end;
}

/** As its reader takes it. Where it breaks off, its connection has to: a file that is not whole must not look whole. */
function streamOf(texts: AsyncGenerator<string>, onBreak: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await texts.next();
          if (done === true) controller.close();
          else controller.enqueue(encoder.encode(value));
        } catch {
          onBreak();
          controller.close();
        }
      },
      cancel: async () => void (await texts.return(undefined)),
    },
    { highWaterMark: 0 },
  );
}
