import type { ServerFilter } from '#contract/owned-servers.ts';
import { ATTENTION_RULES, QUIET_DAYS } from '#contract/server-filters.ts';

interface FilterText {
  filter: ServerFilter;
  words: string;
  /** Which servers it shows: all of these where there are several. */
  rules: readonly string[];
}

/** The filters of the list in the order of their chips, each with what it means. */
export const FILTERS: readonly FilterText[] = [
  { filter: 'attention', words: 'Needs attention', rules: ATTENTION_RULES.map(({ words }) => words) },
  {
    filter: 'live',
    words: 'Live',
    rules: ['A release of it answers, the latest or an older one, on its owner’s host or the registry’s.'],
  },
  { filter: 'failed', words: 'Failed', rules: ['The latest release failed, and none ever ran.'] },
  { filter: 'not-released', words: 'Not released', rules: ['Nothing was ever released.'] },
  { filter: 'local', words: 'Local', rules: ['Its live release is a bundle that people run themselves.'] },
  { filter: 'unlisted', words: 'Unlisted', rules: ['The registry’s public lists leave it out.'] },
  { filter: 'quiet', words: 'Quiet', rules: [`It is live, and had no call for ${QUIET_DAYS} days.`] },
];
