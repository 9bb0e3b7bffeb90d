import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import { domainsQuery } from '#web/api/domains.ts';
import { ownedServerQuery } from '#web/api/owned-server.ts';
import { releasesQuery } from '#web/api/releases.ts';
import { secretsQuery } from '#web/api/secrets.ts';
import type { ListedServer, ServerDetail } from '#contract/registry-answers.ts';
import { UnreadableNote } from '#web/components/outcomes/unreadable-note.tsx';
import { formatNumber } from '#web/lib/format.ts';
import { Panel } from '#web/ui/panel.tsx';
import { ExactTime } from '#web/ui/time/exact-time.tsx';
import { BundleSignature } from './bundle-signature.tsx';
import { callCount, failedShare } from './call-figures.ts';
import { Fact, FactRow } from './fact.tsx';
import styles from './facts-panel.module.css';

interface FactsPanelProps {
  server: ServerDetail;
  listed: UseQueryResult<ListedServer | null>;
  /** What others are refused is asked for the owner alone. */
  isOwn: boolean;
}

/** What the registry knows of a server; what it does not tell is unknown. */
export function FactsPanel({ server, listed, isOwn }: FactsPanelProps) {
  const { qualifiedName } = server;
  const bundle = server.connections?.find((connection) => connection.type === 'stdio');
  return (
    <Panel title="Facts">
      <dl className={styles['facts']}>
        <Fact label="Created" query={listed}>
          {(entry) => entry?.createdAt && <ExactTime time={entry.createdAt} />}
        </Fact>
        <FactRow label="Namespace">
          <bdi translate="no">{parseQualifiedName(qualifiedName)?.namespace}</bdi>
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
        {isOwn && <OwnFacts qualifiedName={qualifiedName} />}
      </dl>
    </Panel>
  );
}

/** What the registry tells the owner alone. */
function OwnFacts({ qualifiedName }: { qualifiedName: string }) {
  const owned = useQuery(ownedServerQuery(qualifiedName));
  const releases = useQuery(releasesQuery(qualifiedName));
  const secrets = useQuery(secretsQuery(qualifiedName));
  const domains = useQuery(domainsQuery(qualifiedName));
  const since = owned.data?.calls.since;
  return (
    <>
      <Fact label="Last call" query={owned}>
        {(server) => server && lastCall(server.calls.lastAt)}
      </Fact>
      <Fact label="Calls in 7 days" query={owned}>
        {(server) => callCount(server?.calls.in7Days)}
      </Fact>
      <Fact label="Calls in 30 days" query={owned}>
        {(server) => callCount(server?.calls.in30Days)}
      </Fact>
      <Fact label="Failed calls" query={owned}>
        {(server) => server && failedShare(server.calls)}
      </Fact>
      {since !== undefined && (
        <FactRow label="Calls counted">
          since <ExactTime time={since} />
        </FactRow>
      )}
      <Fact label="Releases" query={releases}>
        {({ count }) => known(count)}
      </Fact>
      <Fact label="Secrets" query={secrets}>
        {(data) => <Names {...data} />}
      </Fact>
      <Fact label="Domains" query={domains}>
        {(data) => <Names {...data} />}
      </Fact>
    </>
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
            <bdi translate="no">{name}</bdi>
            {lost?.includes(name) === true && ' (lost, set it again)'}
          </li>
        ))}
      </ul>
      <UnreadableNote unreadable={{ entries: unreadable, values: 0 }} />
    </>
  );
}

function lastCall(lastAt: string | null | undefined) {
  if (lastAt === undefined) return null;
  return lastAt === null ? 'None' : <ExactTime time={lastAt} />;
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
