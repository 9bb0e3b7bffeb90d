import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { ReleaseProblem } from './release-problem.ts';
import type { UpstreamConnection } from './upstream-connection.ts';
import { RequestFailed } from './upstream-failures.ts';

// More than a release takes, so that it is seen that there are more.
const ENOUGH_ITEMS = 1001;
const MAX_PAGES = 100;

const METHOD_NOT_FOUND: number = ErrorCode.MethodNotFound;
const pageShape = z.looseObject({ nextCursor: z.string().nullish() });
const itemsShape = z.array(z.unknown()).nullish();

/** Every tool, resource and prompt that a server lists, as it says them; null where it says it has no such thing. */
export async function listOffers(connection: UpstreamConnection) {
  const has = connection.capabilities;
  const list = async (kind: 'tools' | 'resources' | 'prompts') =>
    (has[kind] ?? null) === null ? null : listAll(connection, kind);
  return { tools: await list('tools'), resources: await list('resources'), prompts: await list('prompts') };
}

/** The result of a request; undefined where the server has no such method. Rejects with RequestFailed. */
async function answered(
  { ask }: UpstreamConnection,
  method: string,
  params: Record<string, unknown> = {},
): Promise<unknown> {
  try {
    return await ask(method, params);
  } catch (error) {
    if (error instanceof McpError && error.code === METHOD_NOT_FOUND) return undefined;
    throw new RequestFailed(method, error);
  }
}

// Not the client's own lists: those refuse all of them for one that is odd, and compile every schema that comes along.
async function listAll(
  connection: UpstreamConnection,
  kind: 'tools' | 'resources' | 'prompts',
): Promise<unknown[]> {
  const items: unknown[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const result = await answered(connection, `${kind}/list`, cursor === undefined ? {} : { cursor });
    if (result === undefined) return items;
    const answer = pageShape.parse(result, { reportInput: false });
    items.push(...(itemsShape.parse(answer[kind], { reportInput: false }) ?? []));
    cursor = answer.nextCursor ?? '';
    if (cursor === '' || items.length >= ENOUGH_ITEMS) return items;
    if (cursors.has(cursor)) break;
    cursors.add(cursor);
  }
  throw new ReleaseProblem(
    'FAILURE_SCAN',
    `The server never comes to the end of its ${kind}: it repeats a nextCursor, or has more than ${MAX_PAGES} pages.`,
    `Let its last page of ${kind} come without a nextCursor, or list more on a page, then release again.`,
  );
}
