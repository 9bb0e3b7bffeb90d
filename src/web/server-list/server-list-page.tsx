import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useDeferredValue, useId, useMemo, useRef, useState } from 'react';
import type { SessionInfo } from '#contract/session.ts';
import { sessionQuery } from '#web/api/session.ts';
import { Button } from '#web/ui/button.tsx';
import { PageHeader } from '#web/ui/page-header.tsx';
import { PublishHelp } from '#web/components/publish-help.tsx';
import { Panel } from '#web/ui/panel.tsx';
import { ListBody } from './list-body.tsx';
import { filterServers, sortServers } from './list-search.ts';
import { ListStatus } from './list-status.tsx';
import { ListToolbar } from './list-toolbar.tsx';
import { useListView } from './list-view-in-address.ts';
import { isFiltered, type ListView, wholeView } from './list-view.ts';
import styles from './server-list-page.module.css';
import { useWholeList } from './whole-list.ts';

/** Every server of the owner, in all namespaces. */
export function Component() {
  const { data: session } = useQuery(sessionQuery());
  return session === undefined ? null : <ServerListPage session={session} />;
}

function ServerListPage({ session }: { session: SessionInfo }) {
  const { list, failure } = useWholeList(session.namespaces);
  const [view, changeView] = useListView();
  const [isPublishing, setPublishing] = useState(false);
  const publishId = useId();
  const listTop = useRef<HTMLDivElement>(null);

  // Typing comes first: the rows may follow a keystroke later.
  const shownView = useDeferredValue(view);
  const sorted = useMemo(() => sortServers(list?.servers ?? [], shownView.sort), [list, shownView.sort]);
  const shown = useMemo(() => filterServers(sorted, shownView), [sorted, shownView]);

  const change = (part: Partial<ListView>) => {
    changeView(part);
    // Another choice of servers is read from its first.
    if ((listTop.current?.getBoundingClientRect().top ?? 0) < 0) listTop.current?.scrollIntoView();
  };

  const isEmpty = list?.isEmpty === true;

  return (
    <>
      <title>Servers · Touchmark</title>
      <PageHeader
        title="Servers"
        detail={
          <ListStatus
            list={list}
            matches={isFiltered(shownView) ? shown.length : undefined}
            failure={failure}
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
      {!isEmpty && <ListToolbar view={view} namespaces={session.namespaces} onChange={change} />}
      <ListBody
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
