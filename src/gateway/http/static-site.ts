import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Context } from 'hono';
import { getMimeType } from 'hono/utils/mime';
import { NOT_FOUND_FILE, PAGE_FILES, pageAt } from '#contract/page-paths.ts';
import { acceptedEncoding, type Encoding } from './accepted-encoding.ts';
import type { DeskLook } from '#contract/desk-look.ts';
import type { GatewayEnv } from './gateway-env.ts';
import { namedPage } from './named-page.ts';

interface File {
  type: string;
  etag: string;
  bodies: Map<Encoding | 'identity', Uint8Array<ArrayBuffer>>;
}

const SUFFIXES: readonly [string, Encoding][] = [
  ['.br', 'br'],
  ['.gz', 'gzip'],
];

// The first segment of paths that programs call, and of files.
const NO_PAGES = new Set(['assets', 'api', 'registry', 'v0.1', 'healthz', 'readyz']);

/** Answers a GET of the built site; undefined where the path is neither a file nor a page. */
export type StaticSite = (c: Context<GatewayEnv>, path: string) => Response | undefined;

/**
 * The built site, read into memory: only paths that were there at start exist, so none can lead out of the folder. A page's
 * path gets its HTML file, or `index.html`. So does, with status 404, a person who went to an address that is none: the page says so. A
 * program is answered elsewhere, since it would take the page for what it asked for.
 */
export function createStaticSite(folder: string, desk?: DeskLook): StaticSite {
  const files = readFiles(folder);
  const pageFile = (name: string) => files.get(`/${name}`) ?? files.get('/index.html');
  nameDesk(files, desk);
  return (c, path) => {
    const page = pageAt(path);
    const file = page === undefined ? files.get(path) : pageFile(PAGE_FILES[page]);
    if (file !== undefined) return answer(c, path, file);
    const notFound = isVisit(c) && couldBePage(path) ? pageFile(NOT_FOUND_FILE) : undefined;
    return notFound && notFoundPage(notFound);
  };
}

// A page's validator is that of what is sent.
function nameDesk(files: Map<string, File>, desk: DeskLook | undefined): void {
  if (desk === undefined) return;
  for (const [name, page] of files) {
    if (!name.endsWith('.html')) continue;
    const named = namedPage(page.bodies.get('identity') ?? new Uint8Array(), desk);
    if (named === undefined) return;
    const bodies = new Map(Object.entries(named) as [Encoding | 'identity', Uint8Array<ArrayBuffer>][]);
    files.set(name, { ...page, bodies, etag: etagOf(named.identity) });
  }
}

function readFiles(folder: string): Map<string, File> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  const packed = new Set(
    SUFFIXES.flatMap(([suffix]) => names.map((name) => name + suffix)).filter((name) => names.includes(name)),
  );
  const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
  return new Map(
    names
      .filter((name) => !packed.has(name))
      .map((name) => {
        const body = read(name);
        const bodies = new Map<Encoding | 'identity', Uint8Array<ArrayBuffer>>([['identity', body]]);
        for (const [suffix, encoding] of SUFFIXES) {
          if (packed.has(name + suffix)) bodies.set(encoding, read(name + suffix));
        }
        const type = getMimeType(name) ?? 'application/octet-stream';
        return [`/${name}`, { type, etag: etagOf(body), bodies }];
      }),
  );
}

function etagOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, 22);
}

// What a browser asks for where a person types an address or follows a link.
function isVisit(c: Context<GatewayEnv>): boolean {
  const mode = c.req.header('Sec-Fetch-Mode');
  return (mode === undefined || mode === 'navigate') && /\btext\/html\b/i.test(c.req.header('Accept') ?? '');
}

// Where calls are, or files: those lie at the root or under /assets.
function couldBePage(path: string): boolean {
  const [first = ''] = path.slice(1).split('/');
  return !first.includes('.') && !NO_PAGES.has(first);
}

function notFoundPage({ type, bodies }: File): Response {
  const headers = { 'Content-Type': type, Vary: 'Accept' };
  return new Response(bodies.get('identity') ?? null, { status: 404, headers });
}

function answer(c: Context<GatewayEnv>, path: string, { type, etag, bodies }: File): Response {
  const encoding =
    acceptedEncoding(c.req.header('Accept-Encoding'), (name) => bodies.has(name)) ?? 'identity';
  const tag = `"${etag}-${encoding}"`;
  const headers: Record<string, string> = {
    ETag: tag,
    Vary: 'Accept-Encoding',
    'Cache-Control': cachingOf(path),
  };
  if (matches(c.req.header('If-None-Match'), tag)) return new Response(null, { status: 304, headers });
  headers['Content-Type'] = type;
  if (encoding !== 'identity') headers['Content-Encoding'] = encoding;
  return new Response(bodies.get(encoding) ?? null, { headers });
}

function cachingOf(path: string): string {
  // Names under /assets hold a hash of their content.
  if (path.startsWith('/assets/')) return 'public, max-age=31536000, immutable';
  // Shown in several places of one page, each of which would ask anew. A new mark may be late.
  return /^\/[^/]+\.(svg|png)$/.test(path) ? 'public, max-age=3600' : 'no-cache';
}

function matches(ifNoneMatch: string | undefined, tag: string): boolean {
  return (ifNoneMatch ?? '').split(',').some((each) => each.trim().replace(/^W\//, '') === tag);
}
