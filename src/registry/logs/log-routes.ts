import type { LogListResponse } from '@smithery/api/resources/servers/logs';
import { z } from 'zod';
import type { Selectable } from 'kysely';
import type { InvocationRow } from '#database/registry-tables.ts';
import { RegistryError, serverNotFound } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { queryInteger, queryText } from '#registry/http/query-fields.ts';
import { readQuery } from '#registry/http/shapes.ts';
import { qualifiedNameOf } from '#registry/http/request-path.ts';
import { findOwnedServer, findServer } from '#registry/servers/server-store.ts';
import { messagesOf } from './invocation-store.ts';
import { listInvocations } from './log-store.ts';

const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

const time = queryText().transform((text, context) => {
  if (text === undefined) return undefined;
  const ms = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  context.addIssue('must be an ISO 8601 time, as 2026-01-01T00:00:00Z');
  return z.NEVER;
});

const logShape = z.object({
  from: time,
  to: time,
  search: queryText(),
  limit: queryInteger({ min: 1, max: 100 }).transform((limit) => limit ?? 20),
});

/** `/servers/{qualifiedName}/logs`: for the owner alone; others are told so. */
export function addLogRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db } = context;
  const mayRead = requireAccess(context, 'servers', 'read');

  app.get('/servers/:qualifiedName/logs', mayRead, async (c) => {
    const query = readQuery(c, logShape);
    const name = qualifiedNameOf(c);
    if (name === undefined) throw serverNotFound();
    const rid = await findOwnedServer(db, name, c.var.access);
    if (rid === undefined) {
      if ((await findServer(db, name)) === undefined) throw serverNotFound();
      throw new RegistryError(403, 'Server belongs to another user');
    }
    const { invocations, total } = await listInvocations(db, rid, query);
    return c.json({ invocations: invocations.map(toInvocation), total } satisfies LogListResponse);
  });
}

function toInvocation(row: Selectable<InvocationRow>): LogListResponse.Invocation {
  const { logs, exceptions } = messagesOf(row);
  return {
    id: row.id,
    timestamp: toLogTime(row.timestamp),
    request: { method: row.method, url: row.url },
    response: { status: row.status, outcome: row.outcome },
    duration: { cpuMs: row.cpu_ms, wallMs: row.wall_ms },
    logs: logs.map(withLogTime),
    exceptions: exceptions.map(withLogTime),
  };
}

function withLogTime<Entry extends { timestamp: string }>(entry: Entry): Entry {
  return { ...entry, timestamp: toLogTime(entry.timestamp) };
}

// Runtime logs alone write times as `2026-01-04 10:53:39`, in UTC.
function toLogTime(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
