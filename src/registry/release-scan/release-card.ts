import { z } from 'zod';
import { shapeProblem, shapeTexts } from '#platform/shape-errors.ts';
import { ReleaseProblem } from './release-problem.ts';

const MAX_NAME = 256;
const MAX_TEXT = 20_000;
const MAX_ITEMS = 1000;
const MAX_CARD_BYTES = 1024 ** 2;

const name = z.string().min(1).max(MAX_NAME);
const text = z.string().max(MAX_TEXT);
const jsonSchema = z.looseObject({ type: z.literal('object') });

/** A tool as a server tells it. Bundles may leave its parameters out. */
export const toolShape = z.object({
  name,
  description: text.nullish().transform((description) => description ?? null),
  inputSchema: jsonSchema.default({ type: 'object' }),
  outputSchema: jsonSchema.optional(),
});

export const resourceShape = z.object({
  name,
  uri: z.string().min(1).max(MAX_TEXT),
  description: text.optional(),
  mimeType: name.optional(),
});

const argumentShape = z.object({ name, description: text.optional(), required: z.boolean().optional() });

/** A prompt as a server tells it. Bundles may name its arguments and say no more. */
export const promptShape = z.object({
  name,
  description: text.optional(),
  arguments: z
    .array(z.union([argumentShape, name.transform((argument) => ({ name: argument }))]))
    .max(MAX_ITEMS)
    .optional(),
});

const cardShape = z.object({
  serverInfo: z.object({ name, version: name, title: name.optional() }).nullish(),
  tools: z.array(toolShape).max(MAX_ITEMS).nullish(),
  resources: z.array(resourceShape).max(MAX_ITEMS).nullish(),
  prompts: z.array(promptShape).max(MAX_ITEMS).nullish(),
});

/** What a server offers; a list is null where it is not known. */
export interface ReleaseCard {
  serverInfo: { name: string; version: string } | null;
  tools: z.output<typeof toolShape>[] | null;
  resources: z.output<typeof resourceShape>[] | null;
  prompts: z.output<typeof promptShape>[] | null;
}

/** A card out of whatever somebody says it is. Throws ReleaseProblem where it has another shape or is too large. */
export function toCard(value: unknown): ReleaseCard {
  const parsed = cardShape.safeParse(value, { error: shapeTexts });
  if (!parsed.success) {
    const { field, text } = shapeProblem(parsed.error);
    throw new ReleaseProblem(
      'FAILURE',
      `What the server says it offers has a wrong shape at ${field === '' ? 'its top' : field}: ${text}`,
      'Correct what the server tells about its tools, resources and prompts, then release again.',
    );
  }
  const { serverInfo = null, tools = null, resources = null, prompts = null } = parsed.data;
  const card = { serverInfo, tools, resources, prompts };
  if (Buffer.byteLength(JSON.stringify(card)) > MAX_CARD_BYTES) {
    throw new ReleaseProblem(
      'FAILURE_SCAN',
      `What the server says it offers weighs more than ${MAX_CARD_BYTES} bytes.`,
      'Shorten the descriptions and schemas of its tools, resources and prompts, then release again.',
    );
  }
  return card;
}

/** How much a card offers, for a person: `3 tools, 1 resource, no prompts`. */
export function sumUp({ tools, resources, prompts }: ReleaseCard): string {
  return [counted(tools, 'tool'), counted(resources, 'resource'), counted(prompts, 'prompt')].join(', ');
}

function counted(items: readonly unknown[] | null, word: string): string {
  const count = items?.length ?? 0;
  return `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`;
}
