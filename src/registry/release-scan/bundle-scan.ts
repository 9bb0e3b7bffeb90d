import { posix } from 'node:path';
import { z } from 'zod';
import { jsonDepth } from '#platform/json-depth.ts';
import { shapeProblem, shapeTexts } from '#platform/shape-errors.ts';
import type { OpenBlob } from '#registry/files/blob-store.ts';
import { checkedEntries, UnsafeZip, type CheckedZip } from '#registry/files/zip-entries.ts';
import { ReleaseProblem } from './release-problem.ts';

const MAX_ENTRIES = 20_000;
const MAX_UNPACKED_BYTES = 1024 ** 3;
const MAX_MANIFEST_BYTES = 1024 ** 2;
const MAX_DEPTH = 100;
const MANIFEST = 'manifest.json';

const manifestShape = z.looseObject({
  name: z.string().min(1).max(256),
  version: z.string().min(1).max(256),
  server: z.looseObject({
    type: z.string(),
    entry_point: z.string().min(1).optional(),
    mcp_config: z.looseObject({ command: z.string().min(1) }).optional(),
  }),
  tools: z.unknown(),
  prompts: z.unknown(),
});

/** What a bundle says about itself. */
export type Manifest = z.output<typeof manifestShape>;

/**
 * Checks a bundle from its table of contents to its last byte, then reads its manifest, and closes it. Throws
 * ReleaseProblem: with FAILURE_SCAN where the file is not safe to unpack, with FAILURE where it is no bundle.
 */
export async function scanBundle(blob: OpenBlob, onSafe: () => Promise<void>): Promise<Manifest> {
  let zip: CheckedZip | undefined;
  try {
    zip = await checkedEntries(blob, { maxEntries: MAX_ENTRIES, maxTotalBytes: MAX_UNPACKED_BYTES });
    await zip.verify();
    await onSafe();
    return await readManifest(zip);
  } catch (error) {
    if (!(error instanceof UnsafeZip)) throw error;
    throw new ReleaseProblem(
      'FAILURE_SCAN',
      error.message,
      'Pack the bundle again, with plain files under relative paths only, then release it.',
    );
  } finally {
    zip?.close();
  }
}

async function readManifest(zip: CheckedZip): Promise<Manifest> {
  const bytes = await zip.readEntry(MANIFEST, MAX_MANIFEST_BYTES);
  if (bytes === undefined) throw notABundle(`The bundle has no ${MANIFEST} at its top.`);
  const parsed = manifestShape.safeParse(parseManifest(Buffer.from(bytes).toString('utf8')), {
    error: shapeTexts,
  });
  if (!parsed.success) {
    const { field, text } = shapeProblem(parsed.error);
    throw notABundle(`${MANIFEST} is wrong${field === '' ? '' : ` at ${field}`}: ${text}`);
  }
  const entryPoint = parsed.data.server.entry_point;
  if (entryPoint !== undefined && !holds(zip, entryPoint)) {
    throw notABundle(`${MANIFEST} names an entry point that is not in the bundle.`);
  }
  return parsed.data;
}

// Clients add `.exe` where they need it.
function holds({ files }: CheckedZip, path: string): boolean {
  const wanted = posix.normalize(path.replace(/^\$\{__dirname\}\//, ''));
  return files.some(({ name }) => name === wanted || name === `${wanted}.exe`);
}

function notABundle(message: string): ReleaseProblem {
  return new ReleaseProblem(
    'FAILURE',
    message,
    'Pack the server as an MCP bundle, with "mcpb pack" or any other tool that writes a manifest.json, then release it.',
  );
}

function parseManifest(text: string): unknown {
  if (jsonDepth(text) > MAX_DEPTH) throw notABundle(`${MANIFEST} is nested deeper than ${MAX_DEPTH} levels.`);
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw notABundle(`${MANIFEST} is not valid JSON.`);
  }
}
