import { AUDIT_ACTIONS, OUTCOME_FILTERS, type AuditAction, type OutcomeFilter } from '#contract/activity.ts';
import type { ActivityQuery } from '#web/api/activity.ts';

/** What of Activity is shown, as its fields have it; null: any. */
export interface ActivityView {
  /** As it was typed. */
  query: string;
  person: string | null;
  action: AuditAction | null;
  server: string | null;
  outcome: OutcomeFilter | null;
  /** Days of the owner's own calendar, as 2026-07-15: the first and the last. */
  from: string | null;
  to: string | null;
}

/** Everything. */
export const wholeActivity: ActivityView = {
  query: '',
  person: null,
  action: null,
  server: null,
  outcome: null,
  from: null,
  to: null,
};

/** Reads a view from an address; what it does not know is as if it were not there. */
export function parseActivityView(parameters: URLSearchParams): ActivityView {
  const get = (name: string) => parameters.get(name) || null;
  return {
    query: parameters.get('q') ?? '',
    person: get('person'),
    action: AUDIT_ACTIONS.find((action) => action === get('action')) ?? null,
    server: get('server'),
    outcome: OUTCOME_FILTERS.find((outcome) => outcome === get('outcome')) ?? null,
    from: dayOrNull(get('from')),
    to: dayOrNull(get('to')),
  };
}

/** Writes a view as the query of an address, with its leading `?`; empty for everything. */
export function formatActivityView({ query, ...choices }: ActivityView): string {
  const parameters = new URLSearchParams();
  if (query !== '') parameters.set('q', query);
  for (const [name, value] of Object.entries(choices)) if (value !== null) parameters.set(name, value);
  return parameters.size === 0 ? '' : `?${parameters}`;
}

/** Whether it leaves anything out. */
export function isNarrowed(view: ActivityView): boolean {
  return formatActivityView({ ...view, query: view.query.trim() }) !== '';
}

/** What to ask the gateway for. Days are those of the owner's own time zone. */
export function queryOfView({
  query,
  person,
  action,
  server,
  outcome,
  from,
  to,
}: ActivityView): ActivityQuery {
  const q = query.trim();
  return {
    ...(q === '' ? {} : { q }),
    ...(person === null ? {} : { person }),
    ...(action === null ? {} : { action }),
    ...(server === null ? {} : { server }),
    ...(outcome === null ? {} : { outcome }),
    ...(from === null ? {} : { from: startOf(from, 0) }),
    ...(to === null ? {} : { to: startOf(to, 1) }),
  };
}

// By the calendar, so that a day may have 23 hours.
function startOf(day: string, daysLater: number): string {
  const date = new Date(`${day}T00:00`);
  date.setDate(date.getDate() + daysLater);
  return date.toISOString();
}

// The field of a year with five digits would be one too; nothing happened then.
function dayOrNull(text: string | null): string | null {
  const date = text !== null && /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00Z`) : undefined;
  // February has no 30th: a date takes it for one in March.
  return date !== undefined && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text ?? '')
    ? text
    : null;
}
