import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { findToolsJson, type McpServer } from './mcp-server-store.ts';

const MAX_RELEASES = 500;

/** The names of the tools that servers offer, remembered for each live release: a card does not change while it lives. */
export interface ToolNames {
  of(server: McpServer): Promise<ReadonlySet<string>>;
}

export function createToolNames(db: Kysely<Database>): ToolNames {
  const known = new Map<string, ReadonlySet<string>>();
  return {
    async of({ serverRid, live }) {
      const releaseId = live?.releaseId ?? '';
      const names = known.get(releaseId);
      if (names !== undefined) return names;
      const found = namesIn(await findToolsJson(db, serverRid));
      if (known.size >= MAX_RELEASES) known.clear();
      known.set(releaseId, found);
      return found;
    },
  };
}

// Written by the registry itself, in the API's shape.
function namesIn(tools: string | null): ReadonlySet<string> {
  const list = tools === null ? [] : (JSON.parse(tools) as { name: string }[]);
  return new Set(list.map(({ name }) => name));
}
