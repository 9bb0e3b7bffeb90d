import type { Context } from 'hono';
import { REGISTRY_MOUNT } from '#contract/api-paths.ts';
import { PAGES } from '#contract/page-paths.ts';
import { formatQualifiedName, parseQualifiedNameSegment } from '#contract/qualified-name.ts';
import type { RegistryContext } from '#registry/context.ts';

type Reached = Pick<RegistryContext, 'publicUrl' | 'hosts'>;

/** Where the metadata of a protected resource is, before the resource's own path (RFC 9728, 3.1). */
export const RESOURCE_METADATA = '/.well-known/oauth-protected-resource';

/** The one thing that a connected client may be allowed: MCP calls of some servers. */
export const MCP_SCOPE = 'mcp';

/** The page of the dashboard on which an owner answers a client. */
export const CONSENT_PAGE = `/${PAGES.authorize}`;

/** Where the whole desk is reached, without a slash at the end: also the issuer's identifier. */
export function issuerOf({ publicUrl }: Pick<RegistryContext, 'publicUrl'>): string {
  return new URL(publicUrl).origin;
}

/**
 * The origin under which this request came. A client compares it with the address that it knows, and the desk may be
 * reached by more than one: what the gateway lets in is one of its own.
 */
export function originOf(c: Context, { publicUrl }: Pick<RegistryContext, 'publicUrl'>): string {
  const own = new URL(publicUrl);
  const host = c.req.header('Host')?.toLowerCase();
  if (host === undefined || host === own.host) return own.origin;
  return `${c.req.header('X-Forwarded-Proto') === 'https' ? 'https' : 'http'}://${host}`;
}

/** The URL of a resource's metadata, of all MCP servers or of the one in this still encoded segment. */
export function resourceMetadataUrl(origin: string, segment: string | null): string {
  return origin + RESOURCE_METADATA + mcpPath(segment);
}

/** The path at which clients speak MCP with the server of this still encoded segment, or with all of them. */
export function mcpPath(segment: string | null): string {
  return `${REGISTRY_MOUNT}/mcp${segment === null ? '' : `/${segment}`}`;
}

/**
 * What a `resource` parameter (RFC 8707) asks for: the name of one server, or null for any of this registry. Undefined
 * where it is none of ours.
 */
export function serverOfResource(resource: URL, { publicUrl, hosts }: Reached): string | null | undefined {
  const own = new URL(publicUrl);
  if (resource.origin !== own.origin && !hosts.includes(resource.host)) return undefined;
  const path = resource.pathname.replace(/\/$/, '');
  if (['', REGISTRY_MOUNT, mcpPath(null)].includes(path)) return null;
  if (!path.startsWith(`${mcpPath(null)}/`)) return undefined;
  const name = parseQualifiedNameSegment(path.slice(mcpPath(null).length + 1));
  return name === undefined ? undefined : formatQualifiedName(name);
}
