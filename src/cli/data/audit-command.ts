import type { AuditEntry } from '#contract/activity.ts';
import type { DataCommand } from '#cli/config.ts';
import type { DataRequest } from '#cli/command-arguments.ts';
import { openUsedData } from '#cli/reachable-database.ts';
import { allEntries } from '#registry/history/audit-list.ts';

const ENTRIES_AT_ONCE = 500;

/**
 * Writes down, oldest first, what changed in the registry: a line each, for people, or with `--json` a JSON object on each.
 * `write` resolves once there is room for more, so that no more than some lines are held at once.
 */
export async function exportAudit(
  command: DataCommand,
  { from, to }: Extract<DataRequest, { name: 'audit' }>,
  write: (text: string) => Promise<void>,
): Promise<void> {
  const { db } = await openUsedData(command);
  try {
    for await (const entries of allEntries(db, { from, to, atOnce: ENTRIES_AT_ONCE })) {
      const lines = entries.map((entry) => (command.json ? JSON.stringify(entry) : entryLine(entry)));
      await write(`${lines.join('\n')}\n`);
    }
  } finally {
    await db.destroy();
  }
}

/** An entry in a line: when, who, what, of what, from where, with which outcome. */
function entryLine({
  at,
  action,
  actor,
  target,
  origin,
  product,
  address,
  outcome,
  changes,
  note,
}: AuditEntry) {
  const who = actor.user === null ? actor.kind : `${actor.user} (${actor.keyLabel ?? actor.kind})`;
  const whence = [origin, product, address].filter((part) => part !== null).join(' ');
  const what = changes.map(({ field, ...values }) =>
    'after' in values || 'before' in values
      ? `${field}: ${JSON.stringify(values.before ?? null)} → ${JSON.stringify(values.after ?? null)}`
      : field,
  );
  return [at, who, action, target ?? '-', whence, outcome, [...what, note ?? ''].filter(Boolean).join('; ')]
    .join('  ')
    .trimEnd();
}
