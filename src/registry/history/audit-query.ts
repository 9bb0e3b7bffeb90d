import { z } from 'zod';
import { AUDIT_ACTIONS, type AuditEntry } from '#contract/activity.ts';
import { queryInteger, queryList, queryText } from '#registry/http/query-fields.ts';

/** How many entries an answer has at most. */
const MAX_ENTRIES = 200;
const DEFAULT_ENTRIES = 50;

const OUTCOMES = [
  'applied',
  'succeeded',
  'failed',
  'waiting',
  'refused',
] as const satisfies AuditEntry['outcome'][];

/** A time, as ISO 8601 with a zone. */
const time = queryText(40).transform((text, context) => {
  if (text === undefined) return undefined;
  const at = z.iso.datetime({ offset: true }).safeParse(text);
  if (at.success) return new Date(at.data);
  context.addIssue('must be a time as 2026-03-01T12:00:00Z');
  return z.NEVER;
});

function oneOf<Value extends string>(known: readonly Value[]) {
  return queryList.transform((names, context) =>
    names?.flatMap((name) => {
      const value = known.find((candidate) => candidate === name);
      if (value === undefined)
        context.addIssue(`there is no "${name.slice(0, 40)}"; there are ${known.join(', ')}`);
      return value ?? [];
    }),
  );
}

/** The query of `GET /-/audit`. */
export const auditQueryShape = z.object({
  /** The id of an entry: the ones before it. */
  before: queryText(100),
  limit: queryInteger({ min: 1, max: MAX_ENTRIES }).transform((limit) => limit ?? DEFAULT_ENTRIES),
  person: queryText(),
  action: oneOf(AUDIT_ACTIONS),
  server: queryText(),
  outcome: oneOf(OUTCOMES),
  from: time,
  to: time,
  q: queryText(),
  /** The desk's operations that they are. */
  operation: queryList,
});

export type AuditQuery = z.output<typeof auditQueryShape>;
