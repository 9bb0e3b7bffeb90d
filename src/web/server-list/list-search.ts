import type { ListedServer } from '#contract/registry-answers.ts';
import type { ListView, SortOrder, StateFilter } from './list-view.ts';

/** Sorts a copy. Servers that are equal in it keep the registry's order. */
export function sortServers(servers: readonly ListedServer[], order: SortOrder): ListedServer[] {
  return [...servers].sort(comparisons[order]);
}

/**
 * The servers of a view, in the order given, save that a query brings exact names first, then names that begin
 * with it, then other names, then descriptions. Every word of the query must be found; case and accents do not
 * count.
 */
export function filterServers(servers: readonly ListedServer[], view: ListView): ListedServer[] {
  const kept = servers.filter(
    (server) =>
      (view.namespace === null || namespaceOf(server) === view.namespace) &&
      (view.state === null || stateFilterOf(server) === view.state),
  );
  const query = fold(view.query.trim());
  if (query === '') return kept;
  const words = query.split(/\s+/u);
  const byRank: ListedServer[][] = [[], [], [], []];
  for (const server of kept) {
    const rank = rankOf(searchTextOf(server), query, words);
    if (rank !== undefined) byRank[rank]?.push(server);
  }
  return byRank.flat();
}

/** The state that the list's entry alone tells; undefined where it does not. */
function stateFilterOf({ isDeployed, remote }: ListedServer): StateFilter | undefined {
  if (isDeployed === true) return 'live';
  if (remote === false) return 'local';
  return isDeployed === null ? undefined : 'other';
}

const collator = new Intl.Collator('en', { numeric: true });

const comparisons: Readonly<Record<SortOrder, (a: ListedServer, b: ListedServer) => number>> = {
  // What is unknown comes last.
  uses: (a, b) => (b.useCount ?? -1) - (a.useCount ?? -1),
  name: (a, b) =>
    collator.compare(a.displayName, b.displayName) || collator.compare(a.qualifiedName, b.qualifiedName),
  // ISO 8601 texts order as their times do.
  newest: (a, b) => compare(b.createdAt ?? '', a.createdAt ?? ''),
};

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function namespaceOf({ namespace, qualifiedName }: ListedServer): string {
  return namespace ?? qualifiedName.split('/', 1)[0] ?? '';
}

interface SearchText {
  names: readonly string[];
  allNames: string;
  everything: string;
}

// A server is the same object for as long as its page is kept, so its text is folded once, not at every keystroke.
const searchTexts = new WeakMap<ListedServer, SearchText>();

function searchTextOf(server: ListedServer): SearchText {
  const known = searchTexts.get(server);
  if (known !== undefined) return known;
  const names = [server.displayName, server.qualifiedName, server.slug ?? ''].map(fold).filter(Boolean);
  const allNames = names.map((name) => ` ${name}`).join('');
  const text = { names, allNames, everything: `${allNames} ${fold(server.description)}` };
  searchTexts.set(server, text);
  return text;
}

function rankOf({ names, allNames, everything }: SearchText, query: string, words: readonly string[]) {
  if (!words.every((word) => everything.includes(word))) return undefined;
  if (names.includes(query)) return 0;
  if (names.some((name) => name.startsWith(query))) return 1;
  return words.every((word) => allNames.includes(word)) ? 2 : 3;
}

function fold(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
