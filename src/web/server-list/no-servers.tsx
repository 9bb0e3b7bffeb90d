import type { SessionInfo } from '#contract/session.ts';
import { Button } from '#web/ui/button.tsx';
import styles from './no-servers.module.css';
import { PublishHelp } from './publish-help.tsx';

/** A registry in which the owner has nothing yet. */
export function NoServers({ session }: { session: SessionInfo }) {
  const [namespace] = session.namespaces;
  return (
    <div className={styles['empty']}>
      <h2 className={styles['title']}>Your first server goes here</h2>
      <p className={styles['text']}>
        An MCP server gives AI assistants tools: to look up the weather, search a shop, open a ticket.
        Published in {session.registry.name}, people find it by name and connect to it.
        {namespace === undefined &&
          ' Your key owns no namespace yet; the first part of the name below will be yours.'}
      </p>
      <PublishHelp registry={session.registry} namespace={namespace} />
    </div>
  );
}

/** Filters that leave nothing. */
export function NoMatches({ isComplete, onClear }: { isComplete: boolean; onClear: () => void }) {
  return (
    <div className={styles['empty']}>
      <h2 className={styles['title']}>{isComplete ? 'No server matches' : 'No match so far'}</h2>
      <p className={styles['text']}>
        {isComplete ? 'Search looks at names and descriptions.' : 'More servers are still loading.'}
      </p>
      <Button onClick={onClear}>Clear filters</Button>
    </div>
  );
}
