import type { Kysely } from 'kysely';
import type { FieldChange } from '#contract/activity.ts';
import type { ReleaseStatus } from '#contract/release-statuses.ts';
import type { Database } from '#database/schema.ts';
import type { Author } from '#registry/audit/author.ts';
import { writeServerChange } from '#registry/audit/server-audit.ts';
import type { ReleaseLine } from './release-log.ts';

/** Writes down what became of a release, within the transaction that ends it or lets it wait. `line` says why. */
export async function writeReleaseOutcome(
  trx: Kysely<Database>,
  serverRid: number,
  {
    id,
    status,
    line,
    by,
    now,
    changes = [],
  }: {
    id: string;
    status: ReleaseStatus;
    line: Pick<ReleaseLine, 'message' | 'error'>;
    by: Author;
    now: Date;
    changes?: readonly FieldChange[];
  },
): Promise<void> {
  await writeServerChange(trx, serverRid, {
    action: 'release.outcome',
    by,
    now,
    outcome: status === 'SUCCESS' ? 'succeeded' : status === 'AUTH_REQUIRED' ? 'waiting' : 'failed',
    changes: [{ field: 'release', before: id, after: id }, { field: 'status', after: status }, ...changes],
    note: line.error === undefined ? line.message : `${line.message} ${line.error}`,
  });
}
