import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import { domainsQuery } from '#web/api/domains.ts';
import { callsQuery } from '#web/api/logs.ts';
import { releasesQuery } from '#web/api/releases.ts';
import { secretsQuery } from '#web/api/secrets.ts';
import type { ListedServer, ServerDetail } from '#contract/registry-answers.ts';
import { UnreadableNote } from '#web/components/unreadable-note.tsx';
import { formatNumber } from '#web/lib/format.ts';
import { Panel } from '#web/ui/panel.tsx';
import { RelativeTime } from '#web/ui/time/relative-time.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import { BundleSignature } from './bundle-signature.tsx';
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
  const bundle = server.connections?.find((connection) => connection.type === 'stdio');
  return (
    <Panel title="Facts">
      <dl className={styles['facts']}>
        <Fact label="Created" query={listed}>
          {(entry) => entry?.createdAt && <RelativeTime time={entry.createdAt} />}
        </Fact>
        <FactRow label="Namespace">
          <bdi>{parseQualifiedName(qualifiedName)?.namespace}</bdi>
        </FactRow>
        <FactRow label="Runs">{runsWhere(server)}</FactRow>
        <FactRow label="Security scan">{scanWords(server.security)}</FactRow>
        {bundle?.signer && (
          <FactRow label="Bundle signed by">
            <BundleSignature signer={bundle.signer} />
          </FactRow>
        )}
        <Fact label="Verified" query={listed}>
          {(entry) => yesOrNo(entry?.verified)}
        </Fact>
        <Fact label="Uses" query={listed}>
          {(entry) => known(entry?.useCount)}
        </Fact>
        <Fact label="Calls in 7 days" query={calls}>
          {({ lastWeek }) => formatNumber(lastWeek)}
        </Fact>
        <Fact label="Releases" query={releases}>
          {({ count }) => known(count)}
        </Fact>
        <Fact label="Secrets" query={secrets}>
          {(data) => <Names {...data} />}
        </Fact>
        <Fact label="Domains" query={domains}>
          {(data) => <Names {...data} />}
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

interface NamesProps {
  names: readonly string[];
  /** Those that must be set again. */
  lost?: readonly string[];
  unreadable: number;
}

function Names({ names, lost, unreadable }: NamesProps) {
  if (names.length === 0 && unreadable === 0) return 'None';
  return (
    <>
      <ul className={styles['names']}>
        {names.map((name) => (
          <li key={name}>
            <bdi>{name}</bdi>
            {lost?.includes(name) === true && ' (lost, set it again)'}
          </li>
        ))}
      </ul>
      <UnreadableNote unreadable={{ entries: unreadable, values: 0 }} />
    </>
  );
}

function known(count: number | null | undefined): string | null {
  return count === null || count === undefined ? null : formatNumber(count);
}

function yesOrNo(flag: boolean | null | undefined): string | null {
  if (flag === null || flag === undefined) return null;
  return flag ? 'Yes' : 'No';
}

function runsWhere({ remote, connections }: ServerDetail): string {
  if (connections?.length === 0) return 'Nowhere yet';
  if (connections === null || remote === null) return 'unknown';
  return remote ? 'At a URL' : 'On the user’s machine';
}

function scanWords(security: ServerDetail['security']): string {
  if (security === null) return 'unknown';
  return security.scanPassed ? 'Passed' : 'Not passed';
}
