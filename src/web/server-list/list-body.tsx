import type { ComponentProps } from 'react';
import type { ServerCounts } from '#contract/owned-servers.ts';
import type { SessionInfo } from '#contract/session.ts';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { NoMatches, NoneReadable, NoServers } from './no-servers.tsx';
import type { ListFailure, WholeList } from './reading/whole-list.ts';
import { ServersTable } from './rows/server-rows.tsx';
import type { FoundRows } from './search/found-rows.ts';

interface ListBodyProps extends Omit<ComponentProps<typeof ServersTable>, 'rows'> {
  session: SessionInfo;
  /** Undefined before the first page. */
  loaded: WholeList | undefined;
  /** How many the registry counts; undefined while that is asked for, and where it could not be told. */
  counts: ServerCounts | undefined;
  isCounting: boolean;
  shown: FoundRows | undefined;
  failure: ListFailure | undefined;
  onSearch: (query: string) => void;
  onClearFilters: () => void;
}

/** The list, or what stands in its place: nothing there yet, nothing at all, nothing that matches, a failure. */
export function ListBody(props: ListBodyProps) {
  const { session, loaded, counts, isCounting, shown, failure, onSearch, onClearFilters, ...table } = props;
  if ((loaded === undefined || loaded.count === 0) && failure !== undefined) {
    return (
      <FailureNotice
        title="Your servers could not be loaded"
        error={failure.error}
        retry={{ run: failure.retry, isRunning: failure.isRetrying }}
      />
    );
  }
  // Only the registry's count tells an owner without servers from one whose servers it keeps back.
  if (loaded?.isEmpty === true && isCounting) return <ServersTable rows={undefined} {...table} />;
  if (loaded?.isEmpty === true && counts?.claimed === undefined) return <NoServers session={session} />;
  if (loaded?.isComplete === true && !loaded.isFilling && loaded.count === 0) return <NoneReadable />;
  if (shown !== undefined && shown.count === 0) {
    return (
      <NoMatches
        isComplete={loaded?.isComplete === true && !loaded.isFilling}
        similar={shown.kind === 'looking' || shown.kind === 'not-looked' ? shown.kind : 'looked'}
        nearest={shown.nearest}
        onSearch={onSearch}
        onClear={onClearFilters}
      />
    );
  }
  return <ServersTable rows={shown} {...table} />;
}
