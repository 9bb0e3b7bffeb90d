import type { RegistryCalls } from './registry-calls.ts';
import { namespacesCall, namespacesIn } from './namespace-names.ts';
import { askList, type Asking, type ListEntry } from './server-list-entry.ts';

/**
 * Where the registry shows the server of an id.
 *
 * - `name`: it has this name.
 * - `nowhere`: neither the whole list nor any namespace of this key has a server of that id.
 * - `unclear`: no trustworthy answer this time.
 * - `unsearched`: the id is not known, or the registry does not search by it.
 */
export type Whereabouts = ({ at: 'name' } & ListEntry) | { at: 'nowhere' | 'unclear' | 'unsearched' };

const MAX_NAMESPACES = 100;
const AT_ONCE = 5;

/** Searches for the server of an id under whatever name it has by now. Never rejects. */
export async function findServerById(
  calls: RegistryCalls,
  id: string | null,
  asking: Asking,
): Promise<Whereabouts> {
  if (id === null) return { at: 'unsearched' };
  const inAll = await searchFor(calls, id, {}, asking);
  if (inAll.at !== 'nowhere') return inAll;
  // A list meant for everybody may hold an owner's unlisted servers only where it is asked for their namespace.
  const namespaces = await readNamespaceNames(calls, asking);
  if (namespaces === undefined) return { at: 'unclear' };
  if (namespaces.length > MAX_NAMESPACES) return { at: 'unsearched' };
  for (let i = 0; i < namespaces.length; i += AT_ONCE) {
    const found = await Promise.all(
      namespaces.slice(i, i + AT_ONCE).map(async (namespace) => searchFor(calls, id, { namespace }, asking)),
    );
    const other = found.find(({ at }) => at === 'name') ?? found.find(({ at }) => at !== 'nowhere');
    if (other !== undefined) return other;
  }
  return { at: 'nowhere' };
}

/** The namespaces of this key, as far as they can be read; undefined where there is no trustworthy answer. */
export async function readNamespaceNames(
  calls: RegistryCalls,
  { apiKey, totalMs }: Asking,
): Promise<string[] | undefined> {
  return namespacesIn(await calls.send({ ...namespacesCall(apiKey), totalMs }));
}

async function searchFor(
  calls: RegistryCalls,
  id: string,
  filters: Record<string, string>,
  asking: Asking,
): Promise<Whereabouts> {
  const answer = await askList(calls, { ids: id, ...filters }, asking);
  if (answer.kind !== 'told') return { at: answer.kind === 'refused' ? 'unsearched' : 'unclear' };
  const found = answer.entries.find((entry) => entry.id === id);
  if (found !== undefined) return { at: 'name', ...found };
  // Others in the answer: the registry does not know the filter, and this is but one page of what it has.
  return { at: answer.entries.length === 0 ? 'nowhere' : 'unsearched' };
}
