import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { SessionInfo } from '#contract/session.ts';
import { requestIdOf } from '#web/api/call-api.ts';
import { usePageShown } from '#web/lib/prepared-page.ts';
import { sessionQuery } from '#web/api/session.ts';
import { Button } from '#web/ui/button.tsx';
import { PageHeader } from '#web/ui/page-header.tsx';
import { Panel } from '#web/ui/panel.tsx';
import { ServersBody } from './list-body.tsx';
import styles from './server-list-page.module.css';
import { PublishHelp } from './publish-help.tsx';
import { filterServers, sortServers } from './list-search.ts';
import { ServersSummary } from './list-status.tsx';
import { ServersToolbar } from './list-toolbar.tsx';
import { useServersView } from './list-view-in-address.ts';
import { isFiltered, type ServersView, wholeView } from './list-view.ts';
import { useWholeList } from './whole-list.ts';

/** Every server of the owner, in all namespaces. */
export function Page() {
  const { data: session } = useQuery(sessionQuery());
  return session === undefined ? null : <ServersPage session={session} />;
}

function ServersPage({ session }: { session: SessionInfo }) {
  const { list, error, retry } = useWholeList(session.namespaces);
  const [view, changeView] = useServersView();
  const [isPublishing, setPublishing] = useState(false);
  const publishId = useId();
  const isShown = usePageShown();
  const listTop = useRef<HTMLDivElement>(null);

  // Typing comes first: the rows may follow a keystroke later.
  const shownView = useDeferredValue(view);
  const sorted = useMemo(() => sortServers(list?.servers ?? [], shownView.sort), [list, shownView.sort]);
  const shown = useMemo(() => filterServers(sorted, shownView), [sorted, shownView]);

  const change = (part: Partial<ServersView>) => {
    changeView(part);
    // Another choice of servers is read from its first.
    if ((listTop.current?.getBoundingClientRect().top ?? 0) < 0) listTop.current?.scrollIntoView();
  };
  // The page that comes next is fetched while the list is read. Where that fails, the click fetches it.
  const isLoaded = list !== undefined;
  useEffect(() => {
    if (!isLoaded) return undefined;
    const timer = setTimeout(() => void import('#web/server/server-layout.tsx').catch(() => undefined), 1000);
    return () => clearTimeout(timer);
  }, [isLoaded]);

  const isEmpty = list?.isComplete === true && list.servers.length === 0;
  const failure = error && { message: error.message, requestId: requestIdOf(error), onRetry: retry };

  return (
    <>
      {isShown && <title>Servers · Touchmark</title>}
      <PageHeader
        title="Servers"
        detail={
          <ServersSummary
            list={list}
            matches={isFiltered(shownView) ? shown.length : undefined}
            failure={failure ?? undefined}
          />
        }
        actions={
          <Button
            variant="primary"
            aria-expanded={isPublishing}
            aria-controls={publishId}
            onClick={() => setPublishing(!isPublishing)}
          >
            <Plus size={16} aria-hidden /> New server
          </Button>
        }
      />
      <div id={publishId} className={styles['publish']} hidden={!isPublishing}>
        <Panel title="A new server">
          <PublishHelp registry={session.registry} namespace={session.namespaces[0]} />
        </Panel>
      </div>
      <div ref={listTop} />
      {!isEmpty && <ServersToolbar view={view} namespaces={session.namespaces} onChange={change} />}
      <ServersBody
        session={session}
        list={list}
        shown={shown}
        failure={failure}
        onClearFilters={() => change({ ...wholeView, sort: view.sort })}
        sort={view.sort}
        onSort={(sort) => change({ sort })}
      />
    </>
  );
}
