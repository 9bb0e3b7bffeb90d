import type { FieldChange } from '#contract/activity.ts';

const MAX_TEXT = 300;
const MAX_ITEMS = 20;

/** The fields of `after` that are not as `before` has them. */
export function changedFields<Fields extends object>(before: Fields, after: Partial<Fields>): FieldChange[] {
  return Object.entries(after).flatMap(([field, now]) => {
    const was: unknown = before[field as keyof Fields];
    return JSON.stringify(was ?? null) === JSON.stringify(now ?? null)
      ? []
      : [{ field, before: was ?? null, after: now ?? null }];
  });
}

/** The same, no longer than an entry may be: what is too long ends with `…`. */
export function boundedChanges(changes: readonly FieldChange[]): FieldChange[] {
  return changes.slice(0, MAX_ITEMS).map((change) => {
    const short: FieldChange = { field: boundedText(change.field) };
    if ('before' in change) short.before = bounded(change.before);
    if ('after' in change) short.after = bounded(change.after);
    return short;
  });
}

/** A text that ends with `…` where it was longer. */
export function boundedText(text: string, max = MAX_TEXT): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function bounded(value: unknown): unknown {
  if (typeof value === 'string') return boundedText(value);
  if (typeof value !== 'object' || value === null) return value;
  const text = JSON.stringify(value);
  return text.length <= MAX_TEXT ? value : boundedText(text);
}
