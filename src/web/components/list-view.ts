import {
  type Direction,
  SERVER_FILTERS,
  SERVER_ORDERS,
  type ServerFilter,
  type ServerOrder,
} from '#contract/owned-servers.ts';
import { type ListOrder, USUAL_ORDER } from '#web/api/server-cache/server-cache.ts';

/** What of the list is shown, and in which order. */
export interface ListView {
  query: string;
  filter: ServerFilter | null;
  namespace: string | null;
  /** Null: best hits first where there is a query, else most used first. */
  order: ListOrder | null;
}

/** Everything, most used first. */
export const wholeView: ListView = { query: '', filter: null, namespace: null, order: null };

/** The way in which each column is read first: names from A, states as they are listed, else the most or newest first. */
export const firstDirections: Readonly<Record<ServerOrder, Direction>> = {
  name: 'asc',
  state: 'asc',
  released: 'desc',
  called: 'desc',
  uses: 'desc',
  created: 'desc',
};

/** Reads a view from an address; what it does not know is as if it were not there. */
export function parseView(parameters: URLSearchParams): ListView {
  const sort = oneOf(SERVER_ORDERS, parameters.get('sort'));
  const query = parameters.get('q') ?? '';
  const direction = oneOf(['asc', 'desc'] as const, parameters.get('direction'));
  return settle({
    query,
    filter: oneOf(SERVER_FILTERS, parameters.get('filter')) ?? null,
    namespace: parameters.get('namespace'),
    order: sort === undefined ? null : { sort, direction: direction ?? firstDirections[sort] },
  });
}

/** Writes a view as the query of an address, with its leading `?`; empty for the whole view. */
export function formatView(view: ListView): string {
  const { query, filter, namespace, order } = settle(view);
  const parameters = new URLSearchParams();
  if (query !== '') parameters.set('q', query);
  if (filter !== null) parameters.set('filter', filter);
  if (namespace !== null) parameters.set('namespace', namespace);
  if (order !== null) {
    parameters.set('sort', order.sort);
    if (order.direction !== firstDirections[order.sort]) parameters.set('direction', order.direction);
  }
  return parameters.size === 0 ? '' : `?${parameters}`;
}

/** The view, without an order that it would have anyway. */
export function settle(view: ListView): ListView {
  const isUsual = view.query.trim() === '' && view.order !== null && isSameOrder(view.order, USUAL_ORDER);
  return isUsual ? { ...view, order: null } : view;
}

/** Whether a view leaves any server out. */
export function isFiltered({ query, filter, namespace }: ListView): boolean {
  return query.trim() !== '' || filter !== null || namespace !== null;
}

/** Whether two orders are one. */
export function isSameOrder(a: ListOrder, b: ListOrder): boolean {
  return a.sort === b.sort && a.direction === b.direction;
}

function oneOf<T extends string>(known: readonly T[], value: string | null): T | undefined {
  return known.find((item) => item === value);
}
