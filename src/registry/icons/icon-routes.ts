import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { IconDeleteResponse, IconUploadResponse } from '@smithery/api/resources/servers/icon';
import { RegistryError } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { links } from '#registry/http/links.ts';
import { qualifiedNameOf } from '#registry/http/request-path.ts';
import { requireChangeableServer } from '#registry/servers/owned-server.ts';
import { takeUploadedFile } from '#registry/files/uploaded-file.ts';
import { deleteIcon, findIcon, setIcon } from './icon-store.ts';
import { imageTypeOf, MAX_ICON_BYTES } from './image-type.ts';

/** A server's icon: changed by its owner, shown to everybody. */
export function addIconRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, publicUrl, now } = context;
  const mayWrite = requireAccess(context, 'servers', 'write');

  // Open to all: pages show it in an <img>, which sends no key.
  app.get('/servers/:qualifiedName/icon', async (c) => {
    const name = qualifiedNameOf(c);
    const icon = name && (await findIcon(db, name));
    if (icon === undefined) throw noIcon();
    const etag = `"${icon.hash}"`;
    const headers = {
      ETag: etag,
      'Cache-Control': 'public, max-age=300',
      // Opened as a page of its own, a drawing must not run what somebody put into it.
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'X-Content-Type-Options': 'nosniff',
      // Pages elsewhere show it too.
      'Cross-Origin-Resource-Policy': 'cross-origin',
    };
    if (c.req.header('If-None-Match') === etag) return c.body(null, 304, headers);
    return c.body(new Uint8Array(icon.bytes), 200, { ...headers, 'Content-Type': icon.content_type });
  });

  app.put('/servers/:qualifiedName/icon', mayWrite, async (c) => {
    const server = await requireChangeableServer(c, context);
    const bytes = await takeUploadedFile(c.req.raw, { maxBytes: MAX_ICON_BYTES, take: readIcon });
    const content_type = imageTypeOf(bytes);
    if (content_type === undefined) {
      throw new RegistryError(400, 'Icon: must be a PNG, JPEG, GIF, SVG or WebP image');
    }
    const hash = createHash('sha256').update(bytes).digest('hex');
    const { access: scope, by } = c.var;
    await setIcon(db, { server, scope, by, image: { content_type, bytes, hash }, now: now() });
    return c.json({ iconUrl: links.icon(publicUrl, server.qualifiedName) } satisfies IconUploadResponse);
  });

  app.delete('/servers/:qualifiedName/icon', mayWrite, async (c) => {
    const server = await requireChangeableServer(c, context);
    const { access: scope, by } = c.var;
    if (!(await deleteIcon(db, { server, scope, by, now: now() }))) throw noIcon();
    return c.json({ success: true } satisfies IconDeleteResponse);
  });
}

async function readIcon(bytes: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of bytes as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_ICON_BYTES) {
      throw new RegistryError(400, `Icon: file too large; it must be at most ${MAX_ICON_BYTES} bytes`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function noIcon(): RegistryError {
  return new RegistryError(404, 'No icon found');
}
