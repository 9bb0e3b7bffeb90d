import type { Context } from 'hono';
import { parseQualifiedNameSegment, type QualifiedName } from '#contract/qualified-name.ts';

/**
 * The qualified name in `/servers/{qualifiedName}…` or `/-/things/{qualifiedName}`, read from the path as it was sent: the router has decoded its
 * own copy, and a name decoded twice is another name. Undefined where it is none.
 */
export function qualifiedNameOf(c: Context): QualifiedName | undefined {
  const [, path = ''] = /^[^:]+:\/\/[^/?#]*([^?#]*)/.exec(c.req.url) ?? [];
  return parseQualifiedNameSegment(path.split('/')[path.startsWith('/-/') ? 3 : 2] ?? '');
}
