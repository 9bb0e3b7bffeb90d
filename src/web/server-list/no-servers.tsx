import { SearchX, Server, TriangleAlert } from 'lucide-react';
import type { OwnedServer } from '#contract/owned-servers.ts';
import type { SessionInfo } from '#contract/session.ts';
import { PublishHelp } from '#web/components/publishing/publish-help.tsx';
import { Button } from '#web/ui/button.tsx';
import { EmptyState } from '#web/ui/messages/empty-state.tsx';
import styles from './no-servers.module.css';

/** A registry in which the owner has nothing yet. */
export function NoServers({ session: { registry, namespaces } }: { session: SessionInfo }) {
  const [namespace] = namespaces;
  return (
    <EmptyState
      icon={Server}
      title="Your first server goes here"
      action={<PublishHelp registry={registry} namespace={namespace} />}
    >
      An MCP server gives AI assistants tools: to look up the weather, search a shop, open a ticket. Published
      in {registry.name}, people find it by name and connect to it.
      {namespace === undefined &&
        ' Your key owns no namespace yet; the first part of the name below will be yours.'}
    </EmptyState>
  );
}

/** Servers of which the registry tells nothing that can be shown. */
export function NoneReadable() {
  return (
    <EmptyState
      icon={TriangleAlert}
      title="No server could be read"
      action={<Button onClick={() => window.location.reload()}>Reload the page</Button>}
    >
      The registry has servers here, as it says, and tells nothing of them that its API promises.
    </EmptyState>
  );
}

interface NoMatchesProps {
  /** False while there is more to come. */
  isComplete: boolean;
  /** Whether names that are only similar were looked for too, as far as they are loaded. */
  similar: 'looked' | 'looking' | 'not-looked';
  /** What comes nearest to the query. */
  nearest: readonly OwnedServer[];
  /** Searches for this instead. */
  onSearch: (query: string) => void;
  onClear: () => void;
}

/** A query and filters that leave nothing. */
export function NoMatches({ isComplete, similar, nearest, onSearch, onClear }: NoMatchesProps) {
  const isSure = isComplete && similar === 'looked';
  return (
    <EmptyState
      icon={SearchX}
      title={isSure ? 'No server matches' : 'No match so far'}
      action={
        similar === 'not-looked' ? (
          <Button onClick={() => window.location.reload()}>Reload the page</Button>
        ) : (
          <Button onClick={onClear}>Clear filters</Button>
        )
      }
    >
      {!isComplete && 'More servers are still loading.'}
      {isComplete && similar === 'looking' && 'Looking for what is similar.'}
      {isComplete &&
        similar === 'not-looked' &&
        'None is written so. What is similar cannot be looked for: a part of this page could not be loaded. Reload the page once you are connected; what you look for stays.'}
      {isSure && nearest.length === 0 && 'Search looks at names, descriptions, tools and domains.'}
      {isSure && nearest.length > 0 && (
        <>
          Nothing found. Did you mean{' '}
          {nearest.map(({ qualifiedName, displayName }, index) => (
            <span key={qualifiedName}>
              {index > 0 && (index === nearest.length - 1 ? ' or ' : ', ')}
              <button
                type="button"
                className={styles['nearest']}
                title={qualifiedName}
                onClick={() => onSearch(displayName)}
              >
                <bdi translate="no">{displayName}</bdi>
              </button>
            </span>
          ))}
          ?
        </>
      )}
    </EmptyState>
  );
}
