import { z } from 'zod';
import { parseDuration } from '#platform/durations.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import { PERMISSIONS, RESOURCES } from './access.ts';

const MIN_TTL_MS = 1000;
const MAX_TTL_MS = 24 * 3_600_000;
const MAX_PATH_LENGTH = 200;
const MAX_PATTERN_LENGTH = 500;
const PATH = /^[\w$-]+(\.[\w$-]+)*$/;

const namespace = z
  .string('must be names of namespaces')
  .refine((name) => parseQualifiedName(name)?.server === '', 'must be names of namespaces');

const ttl = z
  .union([z.number().transform((seconds) => seconds * 1000), z.string().transform(parseDuration)])
  .catch(undefined)
  .refine(
    (ms) => ms !== undefined && ms >= MIN_TTL_MS && ms <= MAX_TTL_MS,
    'must be seconds or a time such as 20s, 30m or 1h, at most 24h',
  );

// Not a record, which would leave out a key such as "__proto__" and with it a limit.
const patterns = z.unknown().transform((value, context): Record<string, string> => {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) context.addIssue('must be an object of dot-paths and patterns, and not empty');
  for (const [path, pattern] of entries) {
    const problem = pathProblem(path) ?? textProblem(pattern);
    if (problem !== undefined) context.addIssue(`"${path.slice(0, 40)}" ${problem}`);
  }
  return Object.fromEntries(entries) as Record<string, string>;
});

function pathProblem(path: string): string | undefined {
  const fits = path.length <= MAX_PATH_LENGTH && PATH.test(path) && !path.includes('__proto__');
  return fits ? undefined : 'is not a path such as params.name';
}

function textProblem(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string' || pattern.length > MAX_PATTERN_LENGTH) {
    return `must have a pattern of at most ${MAX_PATTERN_LENGTH} characters`;
  }
  return undefined;
}

/**
 * One constraint of a policy: single values as lists, `ttl` in milliseconds. Names no field that it does not keep. Its
 * patterns are compiled nowhere here: how many they are, and how large, is known only of the whole policy.
 */
export const constraintShape = z.strictObject({
  namespaces: oneOrMore(namespace),
  resources: oneOrMore(z.enum(RESOURCES, `must be of ${RESOURCES.join(', ')}`)),
  operations: oneOrMore(z.enum(PERMISSIONS, `must be of ${PERMISSIONS.join(', ')}`)),
  rpcReqMatch: patterns.optional(),
  ttl: ttl.optional(),
  metadata: z.undefined('limits connections, of which this registry has none; leave it out').optional(),
});

function oneOrMore<Item extends z.ZodType>(item: Item) {
  return z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item).min(1, 'must not be empty').optional(),
  );
}
