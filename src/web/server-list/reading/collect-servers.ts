import type { OwnedServer } from '#contract/owned-servers.ts';
import type { Unreadable } from '#contract/registry-answers.ts';
import type { ReadServers } from '#web/api/owned-servers.ts';

/** The servers that the loaded pages hold, in the order in which they were read. */
export interface ServerCollection {
  /** Pages that only came after the others are added to this very array; where anything else changed it is another. */
  servers: readonly OwnedServer[];
  /** How many of them there are for whoever has this collection. */
  count: number;
  unreadable: Unreadable;
  /** Namespaces of which the registry gave no list. */
  unreadNamespaces: readonly string[];
}

/**
 * Puts pages together as they come. What it has of them is kept, so that a page costs what is in it and not what
 * came before. A server that moved between two pages while they were read is there once.
 */
export class ServerCollector {
  #pages: readonly ReadServers[] = [];
  #servers: OwnedServer[] = [];
  #names = new Set<string>();
  #unreadable: Unreadable = { entries: 0, values: 0 };

  /** All servers of these pages. */
  collect(pages: readonly ReadServers[]): ServerCollection {
    if (!this.#pages.every((page, at) => page === pages[at])) {
      this.#pages = [];
      this.#servers = [];
      this.#names = new Set();
      this.#unreadable = { entries: 0, values: 0 };
    }
    for (const page of pages.slice(this.#pages.length)) this.#add(page);
    this.#pages = pages;
    return {
      servers: this.#servers,
      count: this.#servers.length,
      unreadable: this.#unreadable,
      unreadNamespaces: pages.at(-1)?.unreadNamespaces ?? [],
    };
  }

  #add({ servers, unreadable }: ReadServers): void {
    for (const server of servers) {
      if (this.#names.has(server.qualifiedName)) continue;
      this.#names.add(server.qualifiedName);
      this.#servers.push(server);
    }
    this.#unreadable = {
      entries: this.#unreadable.entries + unreadable.entries,
      values: this.#unreadable.values + unreadable.values,
    };
  }
}
