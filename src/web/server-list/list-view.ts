/** The states that the list alone can tell apart. `other`: failed, releasing, external or never released. */
const stateFilters = ['live', 'local', 'other'] as const;
export type StateFilter = (typeof stateFilters)[number];

const sortOrders = ['uses', 'name', 'newest'] as const;
export type SortOrder = (typeof sortOrders)[number];

/** What of the list is shown, and in which order. */
export interface ListView {
  query: string;
  namespace: string | null;
  state: StateFilter | null;
  sort: SortOrder;
}

/** Everything, most used first: the registry's own order, so that pages which arrive later only add rows below. */
export const wholeView: ListView = { query: '', namespace: null, state: null, sort: 'uses' };

/** Reads a view from an address; what it does not know is as if it were not there. */
export function parseView(parameters: URLSearchParams): ListView {
  return {
    query: parameters.get('q') ?? '',
    namespace: parameters.get('namespace'),
    state: oneOf(stateFilters, parameters.get('state')) ?? wholeView.state,
    sort: oneOf(sortOrders, parameters.get('sort')) ?? wholeView.sort,
  };
}

/** Writes a view as the query of an address, with its leading `?`; empty for the whole view. */
export function formatView({ query, namespace, state, sort }: ListView): string {
  const parameters = new URLSearchParams();
  if (query !== '') parameters.set('q', query);
  if (namespace !== null) parameters.set('namespace', namespace);
  if (state !== null) parameters.set('state', state);
  if (sort !== wholeView.sort) parameters.set('sort', sort);
  return parameters.size === 0 ? '' : `?${parameters}`;
}

/** Whether a view leaves any server out. */
export function isFiltered({ query, namespace, state }: ListView): boolean {
  return query.trim() !== '' || namespace !== null || state !== null;
}

function oneOf<T extends string>(known: readonly T[], value: string | null): T | undefined {
  return known.find((item) => item === value);
}
