import { mutationOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { gatewayPaths } from '#contract/api-paths.ts';
import type { RegistryInfo, SessionInfo } from '#contract/session.ts';
import { showDesk } from '#web/lib/desk.ts';
import { ApiError, callApi } from '#web/api/calling/call-api.ts';
import { forgetPageSecret, makePageSecret } from '#web/api/calling/page-secret.ts';
import { noteSignedIn, readSessionLife } from '#web/api/calling/session-life.ts';
import { tellSessionElsewhere } from './session-tabs.ts';

/** Who is signed in, and at which registry. Fails with status 401 where nobody was since the page was opened. */
export const sessionQuery = () =>
  queryOptions({
    queryKey: ['session'],
    queryFn: async ({ signal }) => {
      const session = await callApi<SessionInfo>(gatewayPaths.session(), { signal });
      showDesk(session.registry.desk);
      return session;
    },
    staleTime: 60_000,
  });

/** The registry that this desk manages; known to those who are not signed in. */
export const registryQuery = () =>
  queryOptions({
    queryKey: ['registry'],
    queryFn: async ({ signal }) => {
      const registry = await callApi<RegistryInfo>(gatewayPaths.registry(), { signal });
      showDesk(registry.desk);
      return registry;
    },
    staleTime: Infinity,
  });

/** An API key of the registry, or the code of a one-time sign-in link. */
export type Credentials = { apiKey: string } | { code: string };

const NO_COOKIE =
  'This browser kept no cookie of this address, so it cannot stay signed in. Allow cookies for it, then sign in again; ' +
  'a sign-in link works once, so use a new one or an API key.';

/** Signs in. What another person's session left in memory is gone with it. */
export const signInMutation = () =>
  mutationOptions<SessionInfo, ApiError, Credentials>({
    mutationKey: ['session', 'sign-in'],
    mutationFn: signIn,
    onSuccess: (session, _credentials, _result, { client }) => {
      client.removeQueries();
      client.setQueryData(sessionQuery().queryKey, session);
      tellSessionElsewhere('signed-in');
    },
  });

/**
 * Signs in over a page that goes on where it was, if it is the same account; else `onOther` is called, and what the page
 * holds stays as it is until that has taken it away.
 */
export const signInAgainMutation = (onOther: () => void) =>
  mutationOptions<SessionInfo, ApiError, Credentials>({
    mutationKey: ['session', 'sign-in'],
    mutationFn: signIn,
    onSuccess: (session, _credentials, _result, { client }) => {
      tellSessionElsewhere('signed-in');
      takeUpSession(client, session, onOther);
    },
  });

async function signIn(credentials: Credentials): Promise<SessionInfo> {
  makePageSecret();
  const session = await callApi<SessionInfo>(gatewayPaths.session(), { method: 'POST', body: credentials });
  if (await isSignedIn()) return session;
  // WebKit keeps no secure cookie over http, not even from this very machine.
  if (window.location.protocol === 'http:') {
    await callApi<SessionInfo>(gatewayPaths.plainSession(), { method: 'POST' });
    if (await isSignedIn()) return session;
  }
  throw new ApiError(NO_COOKIE, { status: 0, code: 'no-cookie' });
}

/** Ends the session at the gateway, here and in all tabs. */
export const signOutMutation = () =>
  mutationOptions({
    mutationKey: ['session', 'sign-out'],
    mutationFn: async () => {
      try {
        await callApi<undefined>(gatewayPaths.session(), { method: 'DELETE', asksWhose: true });
      } catch (error) {
        // It had ended already, which is what was wanted.
        if (!(error instanceof ApiError && error.code === 'signed-out')) throw error;
      }
    },
    onSuccess: () => {
      forgetPageSecret();
      tellSessionElsewhere('signed-out');
    },
  });

/**
 * Finds out whose session this browser has now, after another tab signed in. Resolves where this page may go on with it, or
 * nothing could be found out; calls `onOther` and never resolves where it is another account's.
 */
export async function checkAccount(client: QueryClient, onOther: () => void): Promise<void> {
  try {
    const session = await callApi<SessionInfo>(gatewayPaths.session(), { asksWhose: true });
    if (!takeUpSession(client, session, onOther)) await new Promise(() => {});
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

function takeUpSession(client: QueryClient, session: SessionInfo, onOther: () => void): boolean {
  const { queryKey } = sessionQuery();
  const before = client.getQueryData(queryKey);
  if (before !== undefined && !isSameAccount(before, session)) {
    onOther();
    return false;
  }
  const hadEnded = readSessionLife().phase === 'ended';
  client.setQueryData(queryKey, session);
  if (hadEnded) noteSignedIn();
  // Much may have happened meanwhile, and another key of theirs may see other things.
  void client.invalidateQueries();
  return true;
}

/**
 * Whether two sessions are of one account, by all that is known: the user, or where the registry does not tell, what they
 * have. Whoever has nothing cannot be told from others.
 */
export function isSameAccount(one: SessionInfo, other: SessionInfo): boolean {
  const [mine, theirs] = [one.identity, other.identity];
  if (mine.user !== null && theirs.user !== null) {
    return mine.user === theirs.user && mine.isOrganization === theirs.isOrganization;
  }
  return one.namespaces.length > 0 && one.namespaces.join(' ') === other.namespaces.join(' ');
}

/** Puts the end of a session that is idle off: somebody is there. */
export const staySignedInMutation = () =>
  mutationOptions<SessionInfo, ApiError>({
    mutationKey: ['session', 'stay'],
    mutationFn: () => callApi<SessionInfo>(gatewayPaths.session()),
    onSuccess: (session, _nothing, _result, { client }) => {
      client.setQueryData(sessionQuery().queryKey, session);
    },
  });

// True also where that cannot be found out now: the next page will.
async function isSignedIn(): Promise<boolean> {
  try {
    await callApi<SessionInfo>(gatewayPaths.session(), { asksWhose: true });
    return true;
  } catch (error) {
    return !(error instanceof ApiError && error.code === 'signed-out');
  }
}
