import type { Context } from 'hono';
import { formatQualifiedName } from '#contract/qualified-name.ts';
import type { UpstreamTransport } from '#database/registry-tables.ts';
import { RegistryError, serverNotFound } from '#registry/http/registry-error.ts';
import type { RegistryContext } from '#registry/context.ts';
import { links } from '#registry/http/links.ts';
import { findMovedName } from '#registry/names/name-holds.ts';
import { qualifiedNameOf } from '#registry/http/request-path.ts';
import { findMcpServer, type McpServer } from './mcp-server-store.ts';

interface Callable {
  server: McpServer;
  releaseId: string;
  upstreamUrl: string;
  transport: UpstreamTransport;
}

/** The server in the path and where it is called, or the name it has now. Throws where it cannot be called from here. */
export async function findCallable(
  c: Context,
  { db, now, publicUrl }: Pick<RegistryContext, 'db' | 'now' | 'publicUrl'>,
): Promise<Callable | { movedTo: string }> {
  const name = qualifiedNameOf(c);
  if (name === undefined) throw serverNotFound();
  const server = await findMcpServer(db, name);
  if (server === undefined) {
    // Whoever knew the name may follow: a call needs the name and nothing more.
    const movedTo = await findMovedName(db, formatQualifiedName(name), now());
    if (movedTo === undefined) throw serverNotFound();
    return { movedTo };
  }
  const { live, qualifiedName } = server;
  if (live === null) {
    throw new RegistryError(
      404,
      'Server has no live release: its owner must release it before it can be called',
    );
  }
  if (live.type === 'stdio') {
    throw new RegistryError(
      400,
      `Server runs on your own machine: download its bundle from ${links.bundle(publicUrl, qualifiedName)} and start it there`,
    );
  }
  const { releaseId, upstreamUrl, transport } = live;
  if (upstreamUrl === null) {
    throw new RegistryError(
      404,
      'Server was released to be hosted elsewhere: this registry has no address to call it at',
    );
  }
  return { server, releaseId, upstreamUrl, transport };
}
