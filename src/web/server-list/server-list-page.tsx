import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useId, useMemo, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import type { SessionInfo } from '#contract/session.ts';
import { USUAL_ORDER } from '#web/api/server-cache/server-cache.ts';
import { sessionQuery } from '#web/api/session.ts';
import { paths } from '#web/lib/paths.ts';
import { Button } from '#web/ui/button.tsx';
import { PageHeader } from '#web/ui/page-header.tsx';
import { PublishHelp } from '#web/components/publishing/publish-help.tsx';
import { Panel } from '#web/ui/panel.tsx';
import { ListBody } from './list-body.tsx';
import { ListStatus } from './list-status.tsx';
import { ListToolbar } from './list-toolbar.tsx';
import { chipCounts } from './reading/chip-counts.ts';
import { useFollowing } from './reading/follow-changes.ts';
import { useSteadyRows } from './reading/steady-rows.ts';
import { ViewRowsKeeper } from './reading/view-rows.ts';
import { useWholeList } from './reading/whole-list.ts';
import { PrintList } from './rows/print-list.tsx';
import { focusRow } from './rows/row-keys.ts';
import { type RowWindow, useRowHeight } from './rows/server-rows.tsx';
import { useSearch } from './search/use-search.ts';
import { SelectionBar } from './selection/selection-bar.tsx';
import { useSelection } from './selection/selection.ts';
import styles from './server-list-page.module.css';
import { useComingBack } from './view/coming-back.ts';
import { useListView } from './view/list-view-in-address.ts';
import { formatView, isFiltered, type ListView, wholeView } from '#web/components/list-view.ts';

const NO_ROWS = { servers: [], count: 0 };

/** Every server of the owner, in all namespaces. */
export function Component() {
  const { data: session } = useQuery(sessionQuery());
  return session === undefined ? null : <ServerListPage session={session} />;
}

function ServerListPage({ session }: { session: SessionInfo }) {
  const [view, changeView] = useListView();
  const { list, counts, isCounting, failure, readAgain, readUnread, isReading } = useWholeList(
    view.order ?? USUAL_ORDER,
  );

  const [keeper] = useState(() => new ViewRowsKeeper(() => new Date()));
  const { filter, namespace, order, query } = view;
  const rows = useMemo(
    () => (list === undefined ? undefined : keeper.rows(list, { ...wholeView, filter, namespace, order })),
    [keeper, list, filter, namespace, order],
  );
  const isWhole = list?.isComplete === true;
  const chips = useMemo(
    () =>
      counts &&
      chipCounts(
        counts,
        namespace,
        list !== undefined && isWhole && !list.isFilling ? list.servers.slice(0, list.count) : undefined,
      ),
    [counts, namespace, list, isWhole],
  );
  const [isSearching, setSearching] = useState(false);
  const { found, shownView, typed } = useSearch(rows ?? NO_ROWS, list ?? NO_ROWS, {
    view,
    isNear: isSearching,
  });

  const rowsElement = useRef<HTMLTableSectionElement>(null);
  const target = useMemo(
    () => (list === undefined ? undefined : { view: `${formatView(shownView)} ${found.kind}`, rows: found }),
    [list, shownView, found],
  );
  const { rows: shown, changes, show } = useSteadyRows(target, rowsElement);

  const seen = useRef<RowWindow>({ seenStart: 0, seenEnd: 0 });
  const namesOnScreen = () =>
    (shown ?? NO_ROWS).servers
      .slice(0, shown?.count ?? 0)
      .slice(seen.current.seenStart, seen.current.seenEnd)
      .map(({ qualifiedName }) => qualifiedName);
  useFollowing({ list, counts, namesOnScreen, readAgain });

  const { scrollY, noteRow } = useComingBack({ rows: shown, isWhole, list: rowsElement });
  const selection = useSelection(shown);
  const [isPublishing, setPublishing] = useState(false);
  const publishId = useId();
  const listTop = useRef<HTMLDivElement>(null);
  const searchField = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  const rowHeight = useRowHeight();

  const change = (part: Partial<ListView>) => {
    changeView(part);
    // Another choice of servers is read from its first.
    if ((listTop.current?.getBoundingClientRect().top ?? 0) < 0) listTop.current?.scrollIntoView();
  };
  const openFirst = () => {
    // What was typed last may not be on screen yet.
    const [first] = shownView === view ? found.servers : typed.servers;
    if (query.trim() === '' || first === undefined) return;
    noteRow(first.qualifiedName, 0);
    void navigate(paths.server(first.qualifiedName));
  };

  const shownOrder = order ?? (query.trim() === '' ? USUAL_ORDER : null);
  const isEmpty = list?.isEmpty === true;

  return (
    <>
      <title>Servers · Touchmark</title>
      <PageHeader
        title="Servers"
        detail={
          <ListStatus
            list={list}
            counts={counts}
            isReading={isReading}
            matches={isFiltered(shownView) ? shown : undefined}
            failure={failure}
            onRetry={readUnread}
          />
        }
        actions={
          <div className={styles['actions']}>
            <Button
              variant="primary"
              aria-expanded={isPublishing}
              aria-controls={publishId}
              onClick={() => setPublishing(!isPublishing)}
            >
              <Plus size={16} aria-hidden /> New server
            </Button>
          </div>
        }
      />
      <div id={publishId} className={styles['publish']} hidden={!isPublishing}>
        <Panel title="A new server">
          <PublishHelp registry={session.registry} namespace={session.namespaces[0]} />
        </Panel>
      </div>
      <div ref={listTop} />
      {!isEmpty && (
        <ListToolbar
          view={view}
          order={shownOrder}
          namespaces={session.namespaces}
          counts={counts}
          chips={chips}
          onChange={change}
          search={{
            field: searchField,
            onFocus: () => setSearching(true),
            onEnter: openFirst,
            onDown: () => rowsElement.current && focusRow(rowsElement.current, 0, { rowHeight, part: 'a' }),
          }}
          changes={changes}
          onShow={show}
        />
      )}
      <ListBody
        session={session}
        loaded={list}
        counts={counts}
        isCounting={isCounting}
        shown={shown}
        failure={failure}
        onSearch={(query) => change({ query })}
        onClearFilters={() => change({ ...wholeView, order: view.order })}
        order={shownOrder}
        onSort={(order) => change({ order })}
        selection={selection}
        list={rowsElement}
        seenNames={namesOnScreen}
        onSeen={(rows) => {
          seen.current = rows;
        }}
        scrollY={scrollY}
        onRow={noteRow}
        onLeave={() => searchField.current?.focus()}
      />
      {shown !== undefined && list !== undefined && (
        <SelectionBar selection={selection} rows={shown} loaded={list} />
      )}
      <PrintList rows={shown} />
    </>
  );
}
