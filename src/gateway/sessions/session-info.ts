import { z } from 'zod';
import { IDENTITY_PATH, UNKNOWN_IDENTITY, type Identity } from '#contract/identity.ts';
import type { RegistryInfo, SessionInfo } from '#contract/session.ts';
import type { Session } from '#gateway/http/gateway-env.ts';
import type { RegistryCalls } from '#gateway/registry/registry-calls.ts';
import { parseJson } from '#gateway/registry/response-parsing.ts';
import type { Sessions } from './sessions.ts';

/** What a page is told of a session: who it is, and where. Ends the session as `Sessions.endIfRefused`. */
export type ReadSessionInfo = (session: Session) => Promise<SessionInfo>;

interface Options {
  sessions: Pick<Sessions, 'endIfRefused'>;
  calls: RegistryCalls;
  registry: RegistryInfo;
}

const identityShape: z.ZodType<Identity> = z.object({
  user: z.string().nullable(),
  isOrganization: z.boolean(),
  keyLabel: z.string().nullable(),
  keyExpiresAt: z.string().nullable(),
  organizations: z.array(z.string()),
  isAdmin: z.boolean(),
});

/** Tells of sessions, with whose key it is where the registry is our own. Smithery's API tells nothing of a key. */
export function createSessionInfo({ sessions, calls, registry }: Options): ReadSessionInfo {
  async function identityOf(session: Session): Promise<Identity> {
    if (!registry.embedded) return UNKNOWN_IDENTITY;
    const outcome = await calls.read({ method: 'GET', path: IDENTITY_PATH, apiKey: session.apiKey });
    await sessions.endIfRefused(session, outcome);
    // Without it the page says "unknown", and works all the same.
    if (outcome.kind !== 'answered' || outcome.status !== 200) return UNKNOWN_IDENTITY;
    return identityShape.safeParse(parseJson(outcome.body)).data ?? UNKNOWN_IDENTITY;
  }

  return async (session) => ({
    registry,
    identity: await identityOf(session),
    namespaces: session.namespaces.map(({ name }) => name),
    expiresAt: session.expiresAt.toISOString(),
    idleAt: session.idleAt.toISOString(),
    byLink: session.minted,
  });
}
