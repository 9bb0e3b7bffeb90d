import type { Context } from 'hono';
import { webStream } from '#platform/web-stream.ts';
import type { Blob, BlobStore } from './blob-store.ts';
import type { RegistryEnv } from '#registry/context.ts';
import { readRange } from './byte-range.ts';

interface Download extends Blob {
  /** What a browser saves it as. */
  fileName: string;
}

/** A stored ZIP file as the answer to a download: whole, the one range that is asked for, or not again. */
export async function bundleResponse(
  c: Context<RegistryEnv>,
  blobs: BlobStore,
  { hash, size, fileName }: Download,
): Promise<Response> {
  const etag = `"${hash}"`;
  const headers: Record<string, string> = {
    'Accept-Ranges': 'bytes',
    ETag: etag,
    'Cache-Control': 'private, no-cache',
  };
  if (matches(c.req.header('If-None-Match'), etag)) return c.body(null, 304, headers);

  const range = rangeOf(c, etag, size);
  if (range === 'none') {
    return c.json({ error: `Range: the bundle has ${size} bytes` }, 416, {
      ...headers,
      'Content-Range': `bytes */${size}`,
    });
  }
  headers['Content-Type'] = 'application/zip';
  headers['Content-Disposition'] = `attachment; filename="${fileName}"`;
  headers['Content-Length'] = String(range === 'whole' ? size : range.end - range.start + 1);
  if (range !== 'whole') headers['Content-Range'] = `bytes ${range.start}-${range.end}/${size}`;
  const status = range === 'whole' ? 200 : 206;
  if (c.req.method === 'HEAD') return c.body(null, status, headers);
  const bytes = await blobs.read(hash, range === 'whole' ? undefined : range);
  return c.body(webStream(bytes), status, headers);
}

// A range of what the client has only a part of is worth nothing once the bundle is another.
function rangeOf(c: Context<RegistryEnv>, etag: string, size: number): ReturnType<typeof readRange> {
  const condition = c.req.header('If-Range');
  if (condition !== undefined && condition !== etag) return 'whole';
  return readRange(c.req.header('Range'), size);
}

function matches(header: string | undefined, etag: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(etag) || tags.includes('*');
}
