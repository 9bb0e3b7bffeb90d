import type { Tombstone } from '#contract/activity.ts';
import { ownEntry } from '#web/lib/own-entry.ts';
import { formatCount, formatNumber } from '#web/lib/format.ts';

type TombstoneState = 'deleted' | 'moved' | 'not-there' | 'unknown';

/**
 * What can be said of a server whose name has ended. `not-there`: it is gone, but not known to be so by a delete; `unknown`:
 * whether its delete was done is not known. Undefined is known to be deleted, and nothing more.
 */
export function stateOfTombstone(tombstone: Tombstone | undefined): TombstoneState {
  if (tombstone === undefined) return 'deleted';
  const { entry, movedTo } = tombstone;
  if (movedTo !== null || entry?.action === 'server.transfer') return 'moved';
  if (entry === null || entry.outcome === 'applied') {
    return entry?.operation?.finding === 'gone' ? 'not-there' : 'deleted';
  }
  const finding = entry.operation?.finding;
  if (finding === 'moved') return 'moved';
  return finding === 'nowhere' || finding === 'gone' ? 'not-there' : 'unknown';
}

// The nouns of what goes with a server, by the kind that the registry counts.
const nouns: Readonly<Record<string, readonly [one: string, many: string]>> = {
  releases: ['release', 'releases'],
  secrets: ['secret', 'secrets'],
  domains: ['domain', 'domains'],
  icons: ['icon', 'icons'],
  tools: ['tool', 'tools'],
  calls: ['counted call', 'counted calls'],
  clients: ['client’s access', 'clients’ access'],
};

/** What went with it, as "3 releases, 2 secrets". */
export function wentWords(went: Readonly<Record<string, number>>): string {
  const parts = Object.entries(went)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => {
      const noun = ownEntry(nouns, kind);
      return noun === undefined ? `${formatNumber(count)} ${kind}` : formatCount(count, ...noun);
    });
  return parts.length === 0 ? 'Nothing: it was empty' : parts.join(', ');
}
