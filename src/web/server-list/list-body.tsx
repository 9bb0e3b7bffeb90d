import type { SessionInfo } from '#contract/session.ts';
import type { ListedServer } from '#contract/registry-answers.ts';
import { FailureNotice } from '#web/components/failure-notice.tsx';
import type { SortOrder } from './list-view.ts';
import { NoMatches, NoneReadable, NoServers } from './no-servers.tsx';
import { ServersTable } from './server-rows.tsx';
import type { ListFailure, WholeList } from './whole-list.ts';

interface ListBodyProps {
  session: SessionInfo;
  /** Undefined before the first page. */
  list: WholeList | undefined;
  shown: readonly ListedServer[];
  failure: ListFailure | undefined;
  onClearFilters: () => void;
  sort: SortOrder;
  onSort: (order: SortOrder) => void;
}

/** The list, or what stands in its place: nothing there yet, nothing at all, nothing that matches, a failure. */
export function ListBody({ session, list, shown, failure, onClearFilters, sort, onSort }: ListBodyProps) {
  if ((list === undefined || list.servers.length === 0) && failure !== undefined) {
    return (
      <FailureNotice
        title="Your servers could not be loaded"
        error={failure.error}
        retry={{ run: failure.retry, isRunning: failure.isRetrying }}
      />
    );
  }
  if (list?.isEmpty === true) return <NoServers session={session} />;
  if (list?.isComplete === true && list.servers.length === 0) return <NoneReadable />;
  if (list !== undefined && shown.length === 0) {
    return <NoMatches isComplete={list.isComplete} onClear={onClearFilters} />;
  }
  return <ServersTable servers={list && shown} sort={sort} onSort={onSort} />;
}
