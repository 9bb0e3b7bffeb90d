import type { SessionInfo } from '#contract/session.ts';
import type { ServerSummary } from '#web/api/registry-client.ts';
import { Button } from '#web/ui/button.tsx';
import { Notice } from '#web/ui/notice.tsx';
import { NoMatches, NoServers } from './no-servers.tsx';
import type { SortOrder } from './list-view.ts';
import { ServersTable } from './server-rows.tsx';

interface ServersBodyProps {
  session: SessionInfo;
  /** Undefined before the first page. */
  list: { servers: readonly ServerSummary[]; isComplete: boolean } | undefined;
  shown: readonly ServerSummary[];
  failure: { message: string; requestId: string | null; onRetry: () => void } | null;
  onClearFilters: () => void;
  sort: SortOrder;
  onSort: (order: SortOrder) => void;
}

/** The list, or what stands in its place: nothing there yet, nothing at all, nothing that matches, a failure. */
export function ServersBody({
  session,
  list,
  shown,
  failure,
  onClearFilters,
  sort,
  onSort,
}: ServersBodyProps) {
  if (list === undefined && failure !== null) {
    return (
      <Notice
        tone="danger"
        role="alert"
        title="Your servers could not be loaded"
        requestId={failure.requestId}
        actions={<Button onClick={failure.onRetry}>Try again</Button>}
      >
        {failure.message}
      </Notice>
    );
  }
  if (list?.isComplete === true && list.servers.length === 0) return <NoServers session={session} />;
  if (list !== undefined && shown.length === 0) {
    return <NoMatches isComplete={list.isComplete} onClear={onClearFilters} />;
  }
  return <ServersTable servers={list && shown} sort={sort} onSort={onSort} />;
}
