import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '#database/schema.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { links } from '#registry/http/links.ts';
import { offsetOf, pageFields, paginationOf } from '#registry/http/pagination.ts';
import { wrongField } from '#registry/http/registry-error.ts';
import { readQuery } from '#registry/http/shapes.ts';
import { searchFields } from '#registry/search/search-params.ts';
import { searchTools } from './tool-search.ts';

const { q, topK } = searchFields;
const toolListShape = z.object({ ...pageFields({ defaultSize: 10, maxSize: 100 }), q, topK });

/** `/-/tools`: a search that the API's description names and has no path for. */
export function addToolRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, publicUrl } = context;

  app.get('/-/tools', requireAccess(context, 'servers', 'read'), async (c) => {
    const query = readQuery(c, toolListShape);
    if (query.q === undefined) throw wrongField('q', 'must say what to search for');
    const ranked = await searchTools(db, { q: query.q, topK: query.topK, viewer: c.var.access });
    const offset = offsetOf(query);
    const page = ranked.slice(offset, offset + query.pageSize);
    const rows = new Map((await toolRows(db, page)).map((row) => [row.rid, row]));
    const tools = page.flatMap(({ rid, score }) => {
      const row = rows.get(rid);
      return row === undefined ? [] : [toTool(row, score, publicUrl)];
    });
    return c.json({ tools, pagination: paginationOf(query, ranked.length) });
  });
}

type ToolRow = Awaited<ReturnType<typeof toolRows>>[number];

async function toolRows(db: Kysely<Database>, page: readonly { rid: number }[]) {
  if (page.length === 0) return [];
  const rids = page.map(({ rid }) => rid);
  return db
    .selectFrom('tools')
    .innerJoin('servers', 'servers.rid', 'tools.server_rid')
    .leftJoin('icons', 'icons.server_rid', 'servers.rid')
    .select(['tools.rid', 'tools.name', 'tools.title', 'tools.description', 'tools.input_schema'])
    .select(['servers.qualified_name', 'servers.display_name', 'servers.icon_url'])
    .select('icons.server_rid as icon_rid')
    .where('tools.rid', 'in', rids)
    .execute();
}

function toTool(row: ToolRow, score: number, publicUrl: string) {
  return {
    name: row.name,
    title: row.title,
    description: row.description,
    inputSchema: JSON.parse(row.input_schema) as unknown,
    server: {
      qualifiedName: row.qualified_name,
      displayName: row.display_name,
      iconUrl: row.icon_rid === null ? row.icon_url : links.icon(publicUrl, row.qualified_name),
    },
    score,
  };
}
