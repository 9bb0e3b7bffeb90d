import { RE2JS } from 're2js';
import type { Access } from './access.ts';

// Matching takes time in proportion to all three: the worst a caller can make up stays near a second.
const MAX_PROGRAM_SIZE = 500;
const MAX_TEXT_LENGTH = 256;
const MAX_BATCH = 10;

/** Why this cannot be a pattern of `rpcReqMatch`; undefined where it can. */
export function patternProblem(pattern: string): string | undefined {
  try {
    if (RE2JS.compile(pattern).programSize() > MAX_PROGRAM_SIZE) return 'is too large a pattern';
  } catch {
    return 'is not a regular expression (RE2 syntax: no look-around, no back-references)';
  }
  return undefined;
}

/**
 * True where every limit of the access allows this JSON-RPC message, or each message of a batch. What is passed on must
 * be written from the same parsed message: another parser may read the original text otherwise.
 */
export function allowsRpc({ policy }: Pick<Access, 'policy'>, message: unknown): boolean {
  const limits = policy.flatMap(({ rpcReqMatch }) => (rpcReqMatch === undefined ? [] : [rpcReqMatch]));
  if (limits.length === 0) return true;
  const messages: unknown[] = Array.isArray(message) ? message : [message];
  if (messages.length > MAX_BATCH) return false;
  return messages.every(
    (each) => belongsToEverySession(each) || limits.every((limit) => matches(each, limit)),
  );
}

// Without these no client could send the requests that the patterns are about; none of them calls anything.
function belongsToEverySession(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  if (!Object.hasOwn(message, 'method')) {
    return Object.hasOwn(message, 'result') || Object.hasOwn(message, 'error');
  }
  const { method } = message as { method: unknown };
  return typeof method === 'string' && (method === 'initialize' || method.startsWith('notifications/'));
}

function matches(message: unknown, patterns: Record<string, string>): boolean {
  return Object.entries(patterns).every(([path, pattern]) => {
    const text = textAt(message, path);
    return text !== undefined && text.length <= MAX_TEXT_LENGTH && RE2JS.compile(pattern).test(text);
  });
}

function textAt(message: unknown, path: string): string | undefined {
  let value = message;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
