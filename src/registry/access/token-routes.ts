import type { CreateTokenResponse } from '@smithery/api/resources/tokens';
import { createRateLimiter } from '#platform/rate-limiter.ts';
import { writeDown } from '#registry/audit/audit-log.ts';
import { RegistryError, tooManyRequests } from '#registry/http/registry-error.ts';
import { requireCredential } from './authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { readBody } from '#registry/http/shapes.ts';
import { mayActFor } from './token-access.ts';
import { signToken } from './token-format.ts';
import { checkPatterns, checkPolicySize, tokenRequestShape, toTokenRequest } from './token-request.ts';

/** `/tokens`: makes service tokens, each at most what the key or token that asks for it may do. */
export function addTokenRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, now, tokenKey, limits } = context;
  const perKey = createRateLimiter(limits.tokensPerMinute, now);

  app.post('/tokens', requireCredential(context), async (c) => {
    const { access } = c.var;
    // Before the body is read; what is made with a token counts for the key that it was made with.
    const wait = perKey.take(access.keyId);
    if (wait > 0) {
      throw tooManyRequests(
        `Service tokens: at most ${limits.tokensPerMinute} a minute for one API key`,
        wait,
      );
    }
    const request = toTokenRequest(await readBody(c, tokenRequestShape, { nullIsAbsent: true }));
    if (request.organizationId !== null && !mayActFor(access, request.organizationId)) {
      throw new RegistryError(
        403,
        'organizationId: only an admin of the organization may make tokens for it',
        {
          field: 'organizationId',
        },
      );
    }
    const policy = [...access.policy, ...request.policy];
    checkPolicySize(policy);
    checkPatterns(request.policy);
    const madeAt = now();
    const end = Math.min(
      madeAt.getTime() + request.ttlMs,
      access.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
    );
    const claims = {
      keyId: access.keyId,
      organizationId: request.organizationId ?? access.organizationId,
      policy,
      expiresAt: new Date(Math.floor(end / 1000) * 1000),
    };
    const token = await signToken(claims, tokenKey, madeAt);
    await db.transaction().execute(async (trx) =>
      writeDown(trx, {
        action: 'token.create',
        by: c.var.by,
        now: madeAt,
        target: c.var.by.actor.user,
        concerns: claims.organizationId === null ? [] : [claims.organizationId],
        changes: [
          { field: 'expiresAt', before: null, after: claims.expiresAt.toISOString() },
          ...(policy.length === 0 ? [] : [{ field: 'policy', before: null, after: policy }]),
        ],
      }),
    );
    return c.json({
      token,
      expiresAt: claims.expiresAt.toISOString(),
    } satisfies CreateTokenResponse);
  });
}
