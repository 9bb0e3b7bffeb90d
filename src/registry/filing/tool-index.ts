import type { Kysely, Selectable } from 'kysely';
import type { ToolRow } from '#database/registry-tables.ts';
import { chunks } from '#database/row-chunks.ts';
import type { Database } from '#database/schema.ts';
import { addToSearchIndex, forgetWords, type Searchable } from '#registry/search/search-index.ts';
import { toolWords } from '#registry/search/word-index.ts';

/** A tool as a release's card has it. */
export interface FiledTool {
  name: string;
  title?: string | undefined;
  annotations?: { title?: unknown } | undefined;
  description?: string | null | undefined;
  inputSchema: object;
}

/**
 * Files the tools of a server for the search, in place of those it had. Belongs into the transaction that makes them
 * its tools, after the server is locked.
 */
export async function fileTools(
  trx: Kysely<Database>,
  { serverRid, tools }: { serverRid: number; tools: readonly FiledTool[] },
): Promise<void> {
  const before = await toolTermsOf(trx, serverRid);
  await trx.deleteFrom('tools').where('server_rid', '=', serverRid).execute();
  const wanted = tools.map((tool) => ({
    server_rid: serverRid,
    name: storable(tool.name),
    title: storable(titleOf(tool)),
    description: storable(tool.description ?? null),
    input_schema: JSON.stringify(tool.inputSchema),
  }));
  for (const rows of chunks(wanted)) {
    const inserted = await trx
      .insertInto('tools')
      .values(rows)
      .returning(['rid', 'name', 'title', 'description'])
      .execute();
    await addToSearchIndex(trx, inserted.map(searchableTool), toolWords);
  }
  await forgetWords(trx, before, toolWords);
}

// Older servers tell it among the annotations.
function titleOf({ title, annotations }: FiledTool): string | null {
  if (title !== undefined) return title;
  return typeof annotations?.title === 'string' ? annotations.title : null;
}

// PostgreSQL keeps no text with this character, and no odd tool is to fail a release.
function storable<Text extends string | null>(text: Text): Text {
  return (text?.replaceAll('\0', '\uFFFD') ?? null) as Text;
}

/** The words that the tools of a server are filed under. */
export async function toolTermsOf(trx: Kysely<Database>, serverRid: number): Promise<string[]> {
  const rows = await trx
    .selectFrom('tools')
    .innerJoin('tool_postings', 'tool_postings.rid', 'tools.rid')
    .select('tool_postings.term')
    .distinct()
    .where('tools.server_rid', '=', serverRid)
    .execute();
  return rows.map(({ term }) => term);
}

/** A tool as it is searched: `getForecast` is found by its second word too. */
export function searchableTool({
  rid,
  name,
  title,
  description,
}: Pick<Selectable<ToolRow>, 'rid' | 'name' | 'title' | 'description'>): Searchable {
  const words = name.replaceAll(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})/gu, ' ');
  return {
    rid,
    qualified_name: words === name ? name : `${name} ${words}`,
    display_name: title ?? '',
    description: description ?? '',
  };
}
