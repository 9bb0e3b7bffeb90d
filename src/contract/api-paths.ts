import { encodeQualifiedName } from './qualified-name.ts';

/**
 * The registry's own paths, relative to its root. The browser prefixes them with `/api`, the gateway with the
 * registry's URL. Source: the paths of the Smithery Platform API.
 */
export const registryPaths = {
  servers: () => '/servers',
  server: (qualifiedName: string) => `/servers/${encodeQualifiedName(qualifiedName)}`,
  releases: (qualifiedName: string) => `/servers/${encodeQualifiedName(qualifiedName)}/releases`,
  release: (qualifiedName: string, id: string) =>
    `/servers/${encodeQualifiedName(qualifiedName)}/releases/${encodeURIComponent(id)}`,
  resumeRelease: (qualifiedName: string, id: string) => `${registryPaths.release(qualifiedName, id)}/resume`,
  secrets: (qualifiedName: string) => `/servers/${encodeQualifiedName(qualifiedName)}/secrets`,
  domains: (qualifiedName: string) => `/servers/${encodeQualifiedName(qualifiedName)}/domains`,
  logs: (qualifiedName: string) => `/servers/${encodeQualifiedName(qualifiedName)}/logs`,
  releaseStream: (qualifiedName: string, id: string) => `${registryPaths.release(qualifiedName, id)}/stream`,
  icon: (qualifiedName: string) => `/servers/${encodeQualifiedName(qualifiedName)}/icon`,
  namespaces: () => '/namespaces',
} as const;

/** The gateway's own paths; `-` cannot begin a registry path. */
export const gatewayPaths = {
  registry: () => '/api/-/registry',
  session: () => '/api/-/session',
  plainSession: () => '/api/-/session/plain',
  operations: () => '/api/-/operations',
  operation: (id: string) => `/api/-/operations/${encodeURIComponent(id)}`,
  checkOperation: (id: string) => `/api/-/operations/${encodeURIComponent(id)}/check`,
} as const;

/** Where the browser finds the registry's paths. */
export const REGISTRY_PREFIX = '/api';

/** Where programs find our own registry's paths, beside the pages. */
export const REGISTRY_MOUNT = '/registry';

/** Where programs find the read side of the official MCP registry's API, beside the pages and below the registry. */
export const CATALOG_PATH = '/v0.1';
/** At the root of our own registry's host (RFC 8414, RFC 9728), not below where it is mounted. */
export const OAUTH_METADATA_PATHS = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-protected-resource',
  `/.well-known/oauth-protected-resource${REGISTRY_MOUNT}/*`,
];

/** Sent with every `/api` call: a header that no form, image or beacon of another site can set. */
export const CLIENT_HEADER = { name: 'Touchmark-Client', value: 'web' } as const;

/**
 * Sent with every call of a page over http: 256 random bits, base64url, that the page keeps where only pages of its own
 * scheme, host and port can read. A session with a plain cookie is of no use without it.
 */
export const PAGE_SECRET_HEADER = 'Touchmark-Page-Secret';

/** Sent with what a page asks for by itself, with nobody there: it keeps no session alive. */
export const UNATTENDED_HEADER = 'Touchmark-Unattended';

/** Names a change, so that the same one never runs twice. A UUID minted when the owner confirms. */
export const IDEMPOTENCY_KEY_HEADER = 'Idempotency-Key';

/** The registry's id of the server that the owner was looking at when confirming; the list has it. */
export const SERVER_ID_HEADER = 'Touchmark-Server-Id';

/** Set on every answer of the gateway; shown to people as "request id". */
export const REQUEST_ID_HEADER = 'Touchmark-Request-Id';

/**
 * Set by the embedded registry on a refusal that blames one field of what was sent: its dotted path, as `displayName` or
 * `payload.upstreamUrl`. The API's error body has no place for it.
 */
export const FIELD_HEADER = 'Touchmark-Field';

/**
 * Set by the embedded registry on a 404 for the name of a server that was transferred: the name that it has now, encoded
 * as in a path.
 */
export const MOVED_TO_HEADER = 'Touchmark-Moved-To';

/** Set by the embedded registry on the refusal of a release that failed at once: the id under which it is kept. */
export const RELEASE_HEADER = 'Touchmark-Release';

/** Set on an answer of the registry of which not all could be read: `formatUnreadable` says how much. */
export const UNREADABLE_HEADER = 'Touchmark-Unreadable';
