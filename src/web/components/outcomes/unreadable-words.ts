import type { Unreadable } from '#contract/registry-answers.ts';
import { formatCount } from '#web/lib/format.ts';

/** Says how much of an answer could not be read; undefined where all of it could. */
export function unreadableWords({ entries, values }: Unreadable): string | undefined {
  const parts = [
    ...(entries > 0 ? [formatCount(entries, 'entry', 'entries')] : []),
    ...(values > 0 ? [formatCount(values, 'value')] : []),
  ];
  return parts.length === 0 ? undefined : `${parts.join(' and ')} could not be read`;
}
