/**
 * A server's qualified name, taken apart. `server` is empty for a namespace-only server: `acme` and
 * `acme/weather` are two different servers.
 */
export interface QualifiedName {
  namespace: string;
  server: string;
}

const MAX_SEGMENT_LENGTH = 128;

// Letters and digits of any script, as registries have them; the first character keeps `.` and `..` out, and
// separators, percent signs, white space, control, format (bidi, zero-width) and look-alike slashes never match.
const SEGMENT = /^[\p{L}\p{N}_@][\p{L}\p{N}\p{M}._@-]*$/u;

/**
 * Parses a decoded qualified name (`acme` or `acme/weather`).
 * Returns undefined for anything that could be read as another path: this is the only way in.
 */
export function parseQualifiedName(text: string): QualifiedName | undefined {
  const [namespace, server, ...rest] = text.split('/');
  if (namespace === undefined || rest.length > 0 || !isSegment(namespace)) return undefined;
  if (server === undefined) return { namespace, server: '' };
  return isSegment(server) ? { namespace, server } : undefined;
}

/** Parses one still encoded path segment (`acme%2Fweather`). Returns undefined where it is no qualified name. */
export function parseQualifiedNameSegment(segment: string): QualifiedName | undefined {
  // Two segments are another path, not a name.
  if (segment.includes('/')) return undefined;
  try {
    return parseQualifiedName(decodeURIComponent(segment));
  } catch {
    return undefined;
  }
}

/** The name as people write it: `acme` or `acme/weather`. */
export function formatQualifiedName({ namespace, server }: QualifiedName): string {
  return server === '' ? namespace : `${namespace}/${server}`;
}

/** The name as one path segment: `acme` or `acme%2Fweather`. Encoding always goes through here. */
export function encodeQualifiedName(qualifiedName: string): string {
  return encodeURIComponent(qualifiedName);
}

function isSegment(text: string): boolean {
  return text.length <= MAX_SEGMENT_LENGTH && SEGMENT.test(text);
}
