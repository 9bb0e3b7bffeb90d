import { csvLine, type CsvCell } from '#contract/csv-line.ts';
import type { OwnedServer } from '#contract/owned-servers.ts';
import { ATTENTION_RULES } from '#contract/server-filters.ts';
import { stateWord } from '#web/components/server-marks/state-badge.tsx';

const columns: readonly { name: string; cell: (server: OwnedServer, now: Date) => CsvCell }[] = [
  { name: 'Qualified name', cell: ({ qualifiedName }) => qualifiedName },
  { name: 'Display name', cell: ({ displayName }) => displayName },
  { name: 'Namespace', cell: ({ namespace }) => namespace },
  { name: 'State', cell: ({ state }) => stateWord(state) },
  {
    name: 'Needs attention',
    cell: (server, now) =>
      ATTENTION_RULES.filter(({ holds }) => holds(server, now))
        .map(({ words }) => words)
        .join(' '),
  },
  {
    name: 'Unlisted',
    cell: ({ isUnlisted }) => (isUnlisted === undefined ? undefined : isUnlisted ? 'yes' : 'no'),
  },
  { name: 'Latest release', cell: ({ latestRelease }) => latestRelease?.at },
  { name: 'Its status', cell: ({ latestRelease }) => latestRelease?.status },
  { name: 'Its reason', cell: ({ latestRelease }) => latestRelease?.reason },
  { name: 'Live since', cell: ({ liveRelease }) => liveRelease?.at },
  { name: 'Last call', cell: ({ calls }) => calls.lastAt },
  { name: 'Calls in 7 days', cell: ({ calls }) => calls.in7Days },
  { name: 'Calls in 30 days', cell: ({ calls }) => calls.in30Days },
  { name: 'Share of errors', cell: ({ calls }) => calls.errorShare },
  { name: 'Uses', cell: ({ uses }) => uses },
  { name: 'Created', cell: ({ createdAt }) => createdAt },
  { name: 'Tools', cell: ({ tools }) => tools?.join(' ') },
  { name: 'Domains', cell: ({ domains }) => domains?.join(' ') },
  { name: 'Description', cell: ({ description }) => description },
  { name: 'As of', cell: ({ asOf }) => asOf },
];

/** The servers as CSV (RFC 4180), one a line under a line of headings; what is not known, or not there, is empty. */
export function serversAsCsv(servers: readonly OwnedServer[], now: Date): string {
  const lines = [
    columns.map(({ name }) => name),
    ...servers.map((server) => columns.map(({ cell }) => cell(server, now))),
  ];
  return lines.map(csvLine).join('');
}

/** The servers as JSON, as the index tells of them. */
export function serversAsJson(servers: readonly OwnedServer[]): string {
  return `${JSON.stringify(servers, null, 2)}\n`;
}
