import type { AuditList, RegistryTombstone } from '#contract/activity.ts';
import { formatQualifiedName } from '#contract/qualified-name.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import { qualifiedNameOf } from '#registry/http/request-path.ts';
import { readQuery } from '#registry/http/shapes.ts';
import { listEntries, toEntry } from './audit-list.ts';
import { auditQueryShape } from './audit-query.ts';
import { findTombstone } from './tombstone.ts';

/** What changed, for those whose affair it is: an extension of ours beside the API. */
export function addHistoryRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, now } = context;
  const mayRead = requireAccess(context, 'servers', 'read');

  app.get('/-/audit', mayRead, async (c) => {
    const query = readQuery(c, auditQueryShape);
    const rows = await listEntries(db, c.var.access, query);
    return c.json({
      entries: rows.map(toEntry),
      nextBefore: rows.length < query.limit ? null : (rows.at(-1)?.id ?? null),
    } satisfies AuditList);
  });

  app.get('/-/tombstones/:qualifiedName', mayRead, async (c) => {
    const name = qualifiedNameOf(c);
    const qualifiedName = name && formatQualifiedName(name);
    const tombstone = qualifiedName && (await findTombstone(db, c.var.access, { qualifiedName, now: now() }));
    if (!tombstone) throw new RegistryError(404, 'Nothing is known of a server that had this name');
    return c.json(tombstone satisfies RegistryTombstone);
  });
}
