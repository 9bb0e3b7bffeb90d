import { type QueryClient, useQuery } from '@tanstack/react-query';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import type { SessionInfo } from '#contract/session.ts';
import { sessionQuery } from '#web/api/session.ts';

/** Whether a server is in one of the owner's namespaces; undefined until it is known whose session this is. */
export function useIsOwn(qualifiedName: string): boolean | undefined {
  const { data: session } = useQuery(sessionQuery());
  return session && isOwn(session, qualifiedName);
}

/** Calls `ask` once it is known that a server is the owner's: others are refused what lies behind it. */
export function askAsOwner(client: QueryClient, qualifiedName: string, ask: () => void): void {
  void client
    .ensureQueryData(sessionQuery())
    .then((session) => {
      if (isOwn(session, qualifiedName)) ask();
    })
    // The page itself says that there is no session.
    .catch(() => undefined);
}

function isOwn({ namespaces }: SessionInfo, qualifiedName: string): boolean {
  const namespace = parseQualifiedName(qualifiedName)?.namespace;
  return namespace !== undefined && namespaces.includes(namespace);
}
