import { links } from '#registry/http/links.ts';
import type { ActiveEntry, CatalogEntry } from './catalog-entries.ts';

const SCHEMA = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json';
const OFFICIAL = 'io.modelcontextprotocol.registry/official';
const MAX_TEXT = 100;
const MAX_ICON_URL = 255;

// Editors ask the user for the variable and keep what is typed as a secret.
const AUTHORIZATION = {
  name: 'Authorization',
  description: 'A key of this Touchmark registry, as a bearer token',
  isRequired: true,
  isSecret: true,
  value: 'Bearer {touchmark_key}',
  variables: {
    touchmark_key: { description: 'Key of this Touchmark registry (tm_…)', isRequired: true, isSecret: true },
  },
};

/**
 * An entry as the official MCP registry's API has it (v0.1, server.json of 2025-12-11). Only the latest version of a
 * server tells how to reach it: nothing else can be reached.
 */
export function toServerResponse(
  entry: CatalogEntry,
  { host, publicUrl }: { host: string; publicUrl: string },
) {
  const isDeleted = 'deleted_at' in entry;
  const title = oneLine(entry.display_name);
  const changedAt = isDeleted ? entry.deleted_at : entry.published_at;
  return {
    server: {
      $schema: SCHEMA,
      name: `${host}/${entry.catalog_name}`,
      description: oneLine(entry.description) || title || entry.catalog_name,
      ...(title === '' ? {} : { title }),
      version: entry.version,
      ...(isDeleted ? {} : publicFacts(entry, publicUrl)),
      ...(isDeleted || entry.is_latest !== 1 ? {} : waysToReach(entry, publicUrl)),
    },
    _meta: {
      [OFFICIAL]: {
        status: isDeleted ? 'deleted' : 'active',
        statusChangedAt: changedAt,
        publishedAt: entry.published_at,
        updatedAt: isDeleted ? entry.deleted_at : later(entry.updated_at, entry.published_at),
        isLatest: entry.is_latest === 1,
      },
    },
  };
}

// ISO 8601 in UTC: the order of texts is that of times.
function later(one: string, other: string): string {
  return one > other ? one : other;
}

function publicFacts(entry: ActiveEntry, publicUrl: string) {
  const icon = entry.icon_rid === null ? uriOf(entry.icon_url) : links.icon(publicUrl, entry.qualified_name);
  // Other icons are no icons to the API: they must come by https.
  const isIcon = icon?.startsWith('https:') === true && icon.length <= MAX_ICON_URL;
  const repository = uriOf(entry.repository_url);
  const websiteUrl = uriOf(entry.homepage);
  return {
    ...(websiteUrl === undefined ? {} : { websiteUrl }),
    ...(repository === undefined ? {} : { repository: { url: repository, source: sourceOf(repository) } }),
    ...(isIcon ? { icons: [{ src: icon }] } : {}),
  };
}

function waysToReach(entry: ActiveEntry, publicUrl: string) {
  const { live_type, qualified_name, version, bundle_hash, transport: spoken } = entry;
  if (live_type !== 'stdio') {
    const type = spoken === 'sse' ? 'sse' : 'streamable-http';
    const url = links.mcp(publicUrl, qualified_name);
    return { remotes: [{ type, url, headers: [AUTHORIZATION] }] };
  }
  if (bundle_hash === null) return {};
  const identifier = links.bundle(publicUrl, qualified_name);
  const transport = { type: 'stdio' };
  return {
    packages: [{ registryType: 'mcpb', identifier, version, fileSha256: bundle_hash, transport }],
  };
}

/** A text as one line of at most 100 characters. */
function oneLine(text: string): string {
  const characters = Array.from(text.replaceAll(/\s+/g, ' ').trim());
  if (characters.length <= MAX_TEXT) return characters.join('');
  return `${characters
    .slice(0, MAX_TEXT - 1)
    .join('')
    .trimEnd()}…`;
}

// The API knows these two by name.
function sourceOf(url: string): string {
  const { hostname } = new URL(url);
  return /^(?:www\.)?(github|gitlab)\.com$/.exec(hostname)?.[1] ?? hostname;
}

/** A web address as RFC 3986 writes it, which is stricter than browsers are; without its user and password. */
function uriOf(text: string | null): string | undefined {
  if (text === null || !URL.canParse(text)) return undefined;
  const { origin, pathname, search, hash } = new URL(text);
  const fragment = hash.slice(1).replaceAll('#', '%23');
  const rest = `${pathname}${search}${fragment === '' ? '' : `#${fragment}`}`;
  return (
    origin +
    rest
      .replaceAll(/%(?![0-9a-f]{2})/gi, '%25')
      .replaceAll(/[^\w\-.~:/?#@!$&'()*+,;=%]/g, (character) => encodeURIComponent(character))
  );
}
