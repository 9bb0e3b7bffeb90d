import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { promptShape, resourceShape, toolShape } from './release-card.ts';
import { ReleaseProblem } from './release-problem.ts';

const MAX_ITEMS = 1000;
const MAX_PAGES = 100;

const METHOD_NOT_FOUND: number = ErrorCode.MethodNotFound;
const pageShape = z.looseObject({ nextCursor: z.string().optional() });

/** Every tool, resource and prompt that a server lists; null where it says it has no such thing. */
export async function listOffers(client: Client, signal: AbortSignal) {
  const has = client.getServerCapabilities() ?? {};
  return {
    tools: has.tools === undefined ? null : await listAll(client, 'tools', toolShape, signal),
    resources: has.resources === undefined ? null : await listAll(client, 'resources', resourceShape, signal),
    prompts: has.prompts === undefined ? null : await listAll(client, 'prompts', promptShape, signal),
  };
}

// Not the client's own lists: those compile every schema that comes along.
async function listAll<Shape extends z.ZodType>(
  client: Client,
  kind: 'tools' | 'resources' | 'prompts',
  shape: Shape,
  signal: AbortSignal,
): Promise<z.output<Shape>[]> {
  const items: z.output<Shape>[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const request = { method: `${kind}/list` as const, params: cursor === undefined ? {} : { cursor } };
    let answer: z.output<typeof pageShape>;
    try {
      // A signal of its own: the client never takes its listener off.
      answer = await client.request(request, pageShape, { signal: AbortSignal.any([signal]) });
    } catch (error) {
      if (error instanceof McpError && error.code === METHOD_NOT_FOUND) return items;
      throw error;
    }
    items.push(...z.array(shape).parse(answer[kind], { reportInput: false }));
    if (items.length > MAX_ITEMS) break;
    if (answer.nextCursor === undefined || answer.nextCursor === '') return items;
    cursor = answer.nextCursor;
  }
  throw new ReleaseProblem(
    'FAILURE_SCAN',
    `The server lists more than ${MAX_ITEMS} ${kind}, or never comes to the end of them.`,
    `Let it list at most ${MAX_ITEMS} ${kind}, the last page without a nextCursor, then release again.`,
  );
}
