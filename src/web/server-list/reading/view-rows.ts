import type { OwnedServer } from '#contract/owned-servers.ts';
import { FILTER_RULES } from '#contract/server-filters.ts';
import { type ListOrder, USUAL_ORDER } from '#web/api/server-cache/server-cache.ts';
import { isSameOrder, type ListView } from '#web/components/list-view.ts';
import { sortServers } from './sort-servers.ts';

/** The servers of a view. Those that only came after the others are added to the same array. */
export interface ViewRows {
  servers: readonly OwnedServer[];
  count: number;
}

interface Loaded extends ViewRows {
  /** The order in which they were read. */
  order: ListOrder;
}

/**
 * Keeps what a view shows of the servers, in its order and without what its filters leave out; queries are not its
 * affair. Pages that come after the others in that same order cost what is in them and not what came before.
 */
export class ViewRowsKeeper {
  #from: readonly OwnedServer[] | undefined;
  #seen = 0;
  #view: Pick<ListView, 'filter' | 'namespace' | 'order'> | undefined;
  #rows: OwnedServer[] = [];
  #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  rows({ servers, count, order }: Loaded, view: ListView): ViewRows {
    const now = this.#now();
    const wanted = view.order ?? USUAL_ORDER;
    const isSameView =
      this.#view?.filter === view.filter &&
      this.#view.namespace === view.namespace &&
      isSameOrder(this.#view.order ?? USUAL_ORDER, wanted);
    const isReadSo = isSameOrder(order, wanted);
    const isMore = isSameView && isReadSo && this.#from === servers && this.#seen <= count;
    const isKept = (server: OwnedServer) =>
      (view.namespace === null || server.namespace === view.namespace) &&
      (view.filter === null || FILTER_RULES[view.filter](server, now));
    if (isMore) {
      for (const server of servers.slice(this.#seen, count)) if (isKept(server)) this.#rows.push(server);
    } else {
      const kept = servers.slice(0, count).filter(isKept);
      this.#rows = isReadSo ? kept : sortServers(kept, wanted);
    }
    this.#from = isReadSo ? servers : undefined;
    this.#seen = count;
    this.#view = view;
    return { servers: this.#rows, count: this.#rows.length };
  }
}
