import { type QueryClient, useIsMutating, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type LoaderFunction, Outlet, useLocation } from 'react-router';
import { ApiError } from '#web/api/calling/call-api.ts';
import { deletionSince, deletionsQuery } from '#web/api/server-cache/known-deletions.ts';
import { releaseQuery, releasesQuery } from '#web/api/releases.ts';
import { serverKeys } from '#web/api/server-cache/server-cache.ts';
import { listedServerQuery, primeListedServer, serverQuery } from '#web/api/servers.ts';
import { isolated } from '#web/lib/isolated-text.ts';
import { requireQualifiedName } from '#web/lib/require-qualified-name.ts';
import { useFirstAnswers } from './first-answers.ts';
import { NotYours } from './not-yours.tsx';
import { OverviewSkeleton } from './overview-skeleton.tsx';
import { askAsOwner, useIsOwn } from './ownership.ts';
import { explainedReleases, standingOf } from './releases/standing.ts';
import { StandingNotice } from './releases/standing-notice.tsx';
import { ServerHeader } from './server-header.tsx';
import styles from './server-layout.module.css';
import { ServerDeletedElsewhere, ServerNotThere } from './server-states.tsx';
import { useWatch } from './watch-server.ts';

/** Starts what every tab of a server's page shows; the page itself shows how it fares. */
export const loader =
  (client: QueryClient): LoaderFunction =>
  ({ request }) => {
    const qualifiedName = requireQualifiedName(new URL(request.url).pathname);
    primeListedServer(client, qualifiedName);
    void client.prefetchQuery(serverQuery(qualifiedName));
    void client.prefetchQuery(listedServerQuery(qualifiedName));
    askAsOwner(client, qualifiedName, () => void askForReleases(client, qualifiedName));
    return null;
  };

/** Asks for the releases, and then why those are not live of which the page tells it. */
async function askForReleases(client: QueryClient, qualifiedName: string): Promise<void> {
  await client.prefetchQuery(releasesQuery(qualifiedName));
  const releases = client.getQueryData(releasesQuery(qualifiedName).queryKey);
  for (const release of releases === undefined ? [] : explainedReleases(standingOf(releases))) {
    if (release.id !== null) void client.prefetchQuery(releaseQuery(qualifiedName, release));
  }
}

/** The page of one server: what it is, and beneath it the tab of the address. */
export function Component() {
  const qualifiedName = requireQualifiedName(useLocation().pathname);
  // Another server is another page: nothing typed or opened on this one may reach it.
  return <ServerLayout key={qualifiedName} qualifiedName={qualifiedName} />;
}

function ServerLayout({ qualifiedName }: { qualifiedName: string }) {
  const server = useQuery(serverQuery(qualifiedName));
  const listed = useQuery(listedServerQuery(qualifiedName));
  const { data: deletions } = useQuery(deletionsQuery());
  useWatch(qualifiedName, [serverQuery(qualifiedName).queryKey, listedServerQuery(qualifiedName).queryKey]);

  const deletion = deletionSince(deletions, qualifiedName, server.dataUpdatedAt);
  if (deletion?.where === 'elsewhere') return <ServerDeletedElsewhere qualifiedName={qualifiedName} />;

  const displayName = server.data?.displayName ?? listed.data?.displayName ?? qualifiedName;
  return (
    <UnlessNotFound qualifiedName={qualifiedName} error={server.error} wasThere={server.data !== undefined}>
      <title>{pageTitle(qualifiedName, displayName)}</title>
      <ServerHeader qualifiedName={qualifiedName} displayName={displayName} server={server} listed={listed} />
      <UnderHeader qualifiedName={qualifiedName} />
    </UnlessNotFound>
  );
}

/** What there is to say of it first, and the tab of the address; all at once, so that neither moves the other. */
function UnderHeader({ qualifiedName }: { qualifiedName: string }) {
  const isAnswered = useFirstAnswers(qualifiedName);
  if (!isAnswered) return <OverviewSkeleton />;
  return (
    <>
      <Standing qualifiedName={qualifiedName} />
      <Outlet />
    </>
  );
}

/** Whose server it is, where it is not the owner's; otherwise what there is to say of it first. */
function Standing({ qualifiedName }: { qualifiedName: string }) {
  const isOwn = useIsOwn(qualifiedName);
  return (
    <div className={styles['standing']}>
      {isOwn === true && <StandingNotice qualifiedName={qualifiedName} />}
      {isOwn === false && <NotYours qualifiedName={qualifiedName} />}
    </div>
  );
}

// The one that is like no other comes first: a tab shows little more.
function pageTitle(qualifiedName: string, displayName: string): string {
  const names = displayName === qualifiedName ? [qualifiedName] : [qualifiedName, displayName];
  return [...names.map(isolated), 'Touchmark'].join(' · ');
}

interface UnlessNotFoundProps {
  qualifiedName: string;
  error: Error | null;
  /** True where this page has shown it. */
  wasThere: boolean;
  children: ReactNode;
}

// A component of its own, so that a delete that begins draws nothing of the page anew.
function UnlessNotFound({ qualifiedName, error, wasThere, children }: UnlessNotFoundProps) {
  const isDeleting = useIsMutating({ mutationKey: serverKeys.delete(qualifiedName) }) > 0;
  // While its delete is under way, "not found" is the answer hoped for: the delete itself says what it means.
  if (error instanceof ApiError && error.status === 404 && !isDeleting) {
    return <ServerNotThere qualifiedName={qualifiedName} requestId={error.requestId} wasThere={wasThere} />;
  }
  return children;
}
