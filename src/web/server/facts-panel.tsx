import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import { domainsQuery } from '#web/api/domains.ts';
import { callsQuery } from '#web/api/logs.ts';
import { releasesQuery } from '#web/api/releases.ts';
import { secretsQuery } from '#web/api/secrets.ts';
import type { ListedServer, ServerDetail } from '#web/api/server-cache.ts';
import { formatNumber } from '#web/lib/format.ts';
import { Panel } from '#web/ui/panel.tsx';
import { RelativeTime } from '#web/ui/time/relative-time.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import styles from './facts-panel.module.css';

interface FactsPanelProps {
  server: ServerDetail;
  listed: UseQueryResult<ListedServer | null>;
}

/** What the registry knows of a server; what it does not tell is unknown. */
export function FactsPanel({ server, listed }: FactsPanelProps) {
  const { qualifiedName } = server;
  const calls = useQuery(callsQuery(qualifiedName));
  const releases = useQuery(releasesQuery(qualifiedName));
  const secrets = useQuery(secretsQuery(qualifiedName));
  const domains = useQuery(domainsQuery(qualifiedName));
  return (
    <Panel title="Facts">
      <dl className={styles['facts']}>
        <Fact label="Created" query={listed}>
          {(entry) => entry && <RelativeTime time={entry.createdAt} />}
        </Fact>
        <FactRow label="Namespace">
          <bdi>{parseQualifiedName(qualifiedName)?.namespace}</bdi>
        </FactRow>
        <FactRow label="Runs">{runsWhere(server)}</FactRow>
        <FactRow label="Security scan">{scanWords(server.security)}</FactRow>
        <Fact label="Verified" query={listed}>
          {(entry) => entry && (entry.verified ? 'Yes' : 'No')}
        </Fact>
        <Fact label="Uses" query={listed}>
          {(entry) => (entry?.useCount === undefined ? null : formatNumber(entry.useCount))}
        </Fact>
        <Fact label="Calls in 7 days" query={calls}>
          {({ lastWeek }) => formatNumber(lastWeek)}
        </Fact>
        <Fact label="Releases" query={releases}>
          {({ count }) => formatNumber(count)}
        </Fact>
        <Fact label="Secrets" query={secrets}>
          {(list) => <Names names={list.map(({ name }) => name)} />}
        </Fact>
        <Fact label="Domains" query={domains}>
          {(list) => <Names names={list.map(({ hostname }) => hostname)} />}
        </Fact>
      </dl>
    </Panel>
  );
}

interface FactProps<T> {
  label: string;
  query: UseQueryResult<T>;
  /** Null: the registry does not tell. */
  children: (data: T) => ReactNode;
}

function Fact<T>({ label, query, children }: FactProps<T>) {
  if (query.isPending) {
    return (
      <FactRow label={label}>
        <Skeleton width={88} height={14} />
      </FactRow>
    );
  }
  return (
    <FactRow label={label}>
      {query.data === undefined ? 'unknown' : (children(query.data) ?? 'unknown')}
    </FactRow>
  );
}

function FactRow({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={styles['fact']}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Names({ names }: { names: readonly string[] }) {
  if (names.length === 0) return 'None';
  return (
    <ul className={styles['names']}>
      {names.map((name) => (
        <li key={name}>
          <bdi>{name}</bdi>
        </li>
      ))}
    </ul>
  );
}

function runsWhere({ remote, connections }: ServerDetail): string {
  if (connections.length === 0) return 'Nowhere yet';
  return remote ? 'At a URL' : 'On the user’s machine';
}

function scanWords(security: ServerDetail['security']): string {
  if (security === null) return 'unknown';
  return security.scanPassed ? 'Passed' : 'Not passed';
}
