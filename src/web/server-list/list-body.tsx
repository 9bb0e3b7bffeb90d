import type { SessionInfo } from '#contract/session.ts';
import type { ListedServer } from '#web/api/server-cache.ts';
import { FailureNotice } from '#web/components/failure-notice.tsx';
import styles from './list-body.module.css';
import { NoMatches, NoServers } from './no-servers.tsx';
import { ServerRows, ServerRowsSkeleton } from './server-rows.tsx';
import type { ListFailure } from './whole-list.ts';

interface ListBodyProps {
  session: SessionInfo;
  /** Undefined before the first page. */
  list: { servers: readonly ListedServer[]; isComplete: boolean } | undefined;
  shown: readonly ListedServer[];
  failure: ListFailure | undefined;
  onClearFilters: () => void;
}

/** The list, or what stands in its place: nothing there yet, nothing at all, nothing that matches, a failure. */
export function ListBody({ session, list, shown, failure, onClearFilters }: ListBodyProps) {
  if (list === undefined && failure !== undefined) {
    return (
      <FailureNotice
        title="Your servers could not be loaded"
        error={failure.error}
        retry={{ run: failure.retry, isRunning: failure.isRetrying }}
      />
    );
  }
  if (list?.isComplete === true && list.servers.length === 0) return <NoServers session={session} />;
  if (list !== undefined && shown.length === 0) {
    return <NoMatches isComplete={list.isComplete} onClear={onClearFilters} />;
  }
  return (
    <div className={styles['table']}>
      <div className={styles['head']} aria-hidden>
        <span>Server</span>
        <span>State</span>
        <span>Last release</span>
        <span className={styles['uses']}>Uses</span>
      </div>
      {list === undefined ? <ServerRowsSkeleton /> : <ServerRows servers={shown} />}
    </div>
  );
}
