import { RE2JS } from 're2js';
import type { Access, TokenLimit } from './access.ts';
import { patternWeight } from './pattern-weight.ts';

// What a policy may take of the process, compiled and matched, in milliseconds of work.
const BUDGET_MS = 50;
// Weighed before anything is compiled.
const MAX_STEPS = 1000;
const MAX_SETS = 100;
const MAX_PROGRAM_SIZE = 500;
const MAX_TEXT_LENGTH = 256;
// Matching takes time in proportion to both: one match stays below the budget.
const MAX_STEPS_TIMES_LENGTH = 40_000;
const MAX_BATCH = 10;
const MAX_KEPT = 200;

const TOO_LARGE = 'is too large a pattern';

/**
 * Why this cannot be a pattern of `rpcReqMatch`; undefined where it can.
 *
 * @internal
 */
export function patternProblem(pattern: string): string | undefined {
  const { steps, sets } = patternWeight(pattern);
  if (steps > MAX_STEPS || sets > MAX_SETS) return TOO_LARGE;
  try {
    if (compile(pattern).programSize() > MAX_PROGRAM_SIZE) return TOO_LARGE;
  } catch {
    return 'is not a regular expression (RE2 syntax: no look-around, no back-references)';
  }
  return undefined;
}

/** The first pattern of a policy that cannot be one, and why. Their number is bounded before. */
export function findPatternProblem(
  policy: readonly Pick<TokenLimit, 'rpcReqMatch'>[],
): { limit: number; path: string; text: string } | undefined {
  const isSpent = startBudget();
  for (const [limit, { rpcReqMatch = {} }] of policy.entries()) {
    for (const [path, pattern] of Object.entries(rpcReqMatch)) {
      const text = patternProblem(pattern);
      if (text !== undefined) return { limit, path, text };
      if (isSpent()) return { limit, path, text: `${TOO_LARGE}, with those before it` };
    }
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
  const isSpent = startBudget();
  return messages.every(
    (each) => belongsToEverySession(each) || limits.every((limit) => matches(each, limit, isSpent)),
  );
}

const OPENINGS = new Set(['initialize', 'server/discover']);

// Without these no client could send the requests that the patterns are about; none of them calls anything.
function belongsToEverySession(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  if (!Object.hasOwn(message, 'method')) {
    return Object.hasOwn(message, 'result') || Object.hasOwn(message, 'error');
  }
  const { method } = message as { method: unknown };
  return typeof method === 'string' && (OPENINGS.has(method) || method.startsWith('notifications/'));
}

function matches(message: unknown, patterns: Record<string, string>, isSpent: () => boolean): boolean {
  return Object.entries(patterns).every(([path, pattern]) => {
    const text = textAt(message, path);
    if (text === undefined || text.length > MAX_TEXT_LENGTH || isSpent()) return false;
    const compiled = compile(pattern);
    return compiled.programSize() * text.length <= MAX_STEPS_TIMES_LENGTH && compiled.test(text);
  });
}

// The same patterns come with every message of a token.
const kept = new Map<string, RE2JS>();

function compile(pattern: string): RE2JS {
  const known = kept.get(pattern);
  if (known !== undefined) return known;
  const compiled = RE2JS.compile(pattern);
  if (kept.size >= MAX_KEPT) kept.clear();
  if (compiled.programSize() <= MAX_PROGRAM_SIZE) kept.set(pattern, compiled);
  return compiled;
}

/** Tells whether the budget is spent. By the work of this process, so that a busy machine takes nothing away from it. */
function startBudget(): () => boolean {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return user + system > BUDGET_MS * 1000;
  };
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
