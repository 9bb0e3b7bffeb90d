import { z } from 'zod';
import type { TokenLimit } from './access.ts';
import { wrongField } from '#registry/http/registry-error.ts';
import { constraintShape } from './policy-shape.ts';
import { findPatternProblem } from './rpc-patterns.ts';

const DEFAULT_TTL_MS = 3_600_000;
const MAX_LIMITS = 16;
const MAX_PATTERNS = 8;
const MAX_POLICY_BYTES = 4096;
// As it is sent, before anything in it is looked at: with what the token itself does not keep.
const MAX_SENT_BYTES = 4 * MAX_POLICY_BYTES;

/** A service token as it was asked for. */
export interface TokenRequest {
  organizationId: string | null;
  policy: TokenLimit[];
  /** The shortest that any limit asks for, in milliseconds. */
  ttlMs: number;
}

/** The body of `POST /tokens`. */
export const tokenRequestShape = z.strictObject({
  organizationId: z.string('must be the id of an organization').min(1, 'must not be empty').optional(),
  policy: z
    .array(z.unknown(), 'must be a list of constraints')
    .min(1, 'must not be empty; leave it out for a token without limits')
    .max(MAX_LIMITS, `must be at most ${MAX_LIMITS} constraints`)
    .refine(
      (policy) => JSON.stringify(policy).length <= MAX_SENT_BYTES,
      `must be at most ${MAX_POLICY_BYTES} bytes`,
    )
    .pipe(z.array(constraintShape))
    .optional(),
});

/** What the body of `POST /tokens` asks for. */
export function toTokenRequest({
  organizationId,
  policy = [],
}: z.output<typeof tokenRequestShape>): TokenRequest {
  const shortest = Math.min(...policy.flatMap(({ ttl }) => ttl ?? []));
  return {
    organizationId: organizationId ?? null,
    policy: policy.map(({ namespaces, resources, operations, rpcReqMatch }) => ({
      namespaces,
      resources,
      operations,
      rpcReqMatch,
    })),
    ttlMs: Number.isFinite(shortest) ? shortest : DEFAULT_TTL_MS,
  };
}

/** Throws a 400 where a token cannot hold this policy; the limits of the token that makes it are part of it. */
export function checkPolicySize(policy: readonly TokenLimit[]): void {
  const patterns = policy.flatMap(({ rpcReqMatch = {} }) => Object.keys(rpcReqMatch));
  const problems = [
    policy.length > MAX_LIMITS && `must be at most ${MAX_LIMITS} constraints`,
    patterns.length > MAX_PATTERNS && `must have at most ${MAX_PATTERNS} patterns in rpcReqMatch`,
    Buffer.byteLength(JSON.stringify(policy)) > MAX_POLICY_BYTES &&
      `must be at most ${MAX_POLICY_BYTES} bytes`,
  ];
  const problem = problems.find((text) => text !== false);
  if (problem !== undefined) {
    throw wrongField('policy', `${problem}, with those of the token that it is made with`);
  }
}

/** Throws a 400 where a pattern of these constraints is none, or too costly. Their number and size are bounded before. */
export function checkPatterns(policy: readonly TokenLimit[]): void {
  const problem = findPatternProblem(policy);
  if (problem === undefined) return;
  const { limit, path, text } = problem;
  throw wrongField(`policy.${limit}.rpcReqMatch`, `"${path.slice(0, 40)}" ${text}`);
}
