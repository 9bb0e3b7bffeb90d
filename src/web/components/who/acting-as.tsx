import { useQuery } from '@tanstack/react-query';
import type { SessionInfo } from '#contract/session.ts';
import { sessionQuery } from '#web/api/session.ts';
import styles from './acting-as.module.css';
import { DeskBadge } from './desk-badge.tsx';

/** Which desk and registry this is, and as whom one is signed in, in a line; nothing while that is not known. */
export function ActingAs() {
  const { data: session } = useQuery({ ...sessionQuery(), enabled: false });
  if (session === undefined) return null;
  return (
    <span className={styles['line']}>
      <DeskBadge />
      <span>
        <bdi>{session.registry.name}</bdi>, <AccountWords session={session} />
      </span>
    </span>
  );
}

/** Whose key it is: "as owner (laptop)". Where the registry does not tell, whose namespaces it may change. */
export function AccountWords({ session: { identity, namespaces } }: { session: SessionInfo }) {
  const { user, keyLabel } = identity;
  if (user !== null) {
    return (
      <>
        as <bdi>{user}</bdi>
        {keyLabel !== null && (
          <>
            {' '}
            (<bdi>{keyLabel}</bdi>)
          </>
        )}
      </>
    );
  }
  const [first] = namespaces;
  if (first === undefined) return 'account unknown';
  return (
    <>
      as an owner of <bdi>{first}</bdi>
      {namespaces.length > 1 && ` and ${namespaces.length - 1} more`}
    </>
  );
}
