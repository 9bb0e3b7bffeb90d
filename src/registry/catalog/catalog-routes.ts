import type { Context } from 'hono';
import { CATALOG_PATH } from '#contract/api-paths.ts';
import { allowAnonymousRead } from '#registry/access/anonymous-read.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext, RegistryEnv } from '#registry/context.ts';
import { catalogHostOf } from '#registry/filing/catalog-name.ts';
import { serverNotFound } from '#registry/http/registry-error.ts';
import { entriesOf, listEntries, type CatalogEntry, type Reader } from './catalog-entries.ts';
import { cursorAfter, readCatalogPage, readIncludeDeleted } from './catalog-query.ts';
import { toServerResponse } from './server-json.ts';

/**
 * `/v0.1`: what the official MCP registry answers to those who read it, as editors do (its openapi.yaml, and
 * `include_deleted` of the official registry). Without a key where the catalog is open.
 */
export function addCatalogRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, publicUrl, now, openCatalog } = context;
  const host = catalogHostOf(publicUrl);
  const mayRead = openCatalog
    ? allowAnonymousRead(context, 'servers')
    : requireAccess(context, 'servers', 'read');
  const readerOf = (c: Context<RegistryEnv>): Reader => ({ viewer: c.var.access, now: now(), host });
  const toResponse = (entry: CatalogEntry) => toServerResponse(entry, { host, publicUrl });

  app.get(`${CATALOG_PATH}/servers`, mayRead, async (c) => {
    const page = readCatalogPage(c);
    const { entries, hasMore } = await listEntries(db, page, readerOf(c));
    const last = entries.at(-1);
    const after = last && { name: last.catalog_name, version: last.version };
    return c.json({
      servers: entries.map(toResponse),
      metadata: {
        count: entries.length,
        ...(hasMore && after !== undefined ? { nextCursor: cursorAfter(page, after) } : {}),
      },
    });
  });

  app.get(`${CATALOG_PATH}/servers/:serverName/versions`, mayRead, async (c) => {
    const includeDeleted = readIncludeDeleted(c);
    const name = nameIn(c, host);
    const entries = name === undefined ? [] : await entriesOf(db, { name, includeDeleted }, readerOf(c));
    if (entries.length === 0) throw serverNotFound();
    return c.json({ servers: entries.map(toResponse), metadata: { count: entries.length } });
  });

  app.get(`${CATALOG_PATH}/servers/:serverName/versions/:version`, mayRead, async (c) => {
    const includeDeleted = readIncludeDeleted(c);
    const name = nameIn(c, host);
    const version = segmentOf(c, 5);
    if (name === undefined || version === undefined) throw serverNotFound();
    const [entry] = await entriesOf(db, { name, version, includeDeleted }, readerOf(c));
    if (entry === undefined) throw serverNotFound();
    return c.json(toResponse(entry));
  });
}

/** The name in `/v0.1/servers/{name}…`, without this host; undefined where it is none of this host. */
function nameIn(c: Context<RegistryEnv>, host: string): string | undefined {
  const [ofHost, name, ...rest] = segmentOf(c, 3)?.split('/') ?? [];
  return ofHost === host && rest.length === 0 ? name : undefined;
}

/** A segment of the path as it was sent, decoded once. Undefined where it cannot be. */
function segmentOf(c: Context<RegistryEnv>, index: number): string | undefined {
  const [, path = ''] = /^[^:]+:\/\/[^/?#]*([^?#]*)/.exec(c.req.url) ?? [];
  try {
    return decodeURIComponent(path.split('/')[index] ?? '');
  } catch {
    return undefined;
  }
}
