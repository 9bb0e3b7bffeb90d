import { z } from 'zod';
import type {
  DomainListAnswer,
  ListedServer,
  LogListAnswer,
  NamespaceListAnswer,
  Pagination,
  Release,
  ReleaseDetail,
  ReleaseListAnswer,
  ReleaseLog,
  SecretListAnswer,
  ServerDetail,
  ServerListAnswer,
  Tool,
  Unreadable,
} from '#contract/registry-answers.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import {
  count,
  distinct,
  entry,
  exactly,
  flag,
  list,
  listInPlace,
  modestObject,
  nameText,
  orNull,
  type Reading,
  shownText,
  time,
  unlessEmptied,
  visible,
} from './lenient-shapes.ts';
import { isRecord, parseJson } from './response-parsing.ts';

// Every answer of a registry that a page uses, as far as it can be relied on. Field names and types are the official
// client's; what a page does not use is left out.

// Far above what an honest registry answers at once.
const MAX_SERVERS = 1000;
const MAX_RELEASES = 1000;
const MAX_LOGS = 10_000;
const MAX_TOOLS = 1000;
const MAX_CONNECTIONS = 100;
const MAX_NAMES = 10_000;

const line = shownText(200);
const paragraph = shownText(4000);
const url = nameText(2000);
const id = nameText(200);
const qualifiedName = exactly(z.string().refine((name) => parseQualifiedName(name) !== undefined));

/** Reads an answer's body: undefined where it is not such an answer at all. */
export function readAnswer<T>(
  body: Uint8Array,
  read: Reading<T>,
): { answer: T; unreadable: Unreadable } | undefined {
  const unreadable = { entries: 0, values: 0 };
  const answer = read(parseJson(body), unreadable);
  return answer === undefined ? undefined : { answer, unreadable };
}

const totals = orNull(entry<Pagination>({ totalPages: orNull(count), totalCount: orNull(count) }));
const pagination: Reading<Pagination> = (given, lost) =>
  totals(given, lost) ?? { totalPages: null, totalCount: null };

const listedServer: Reading<ListedServer> = named(
  entry({
    qualifiedName,
    displayName: orNull(visible(line)),
    description: orNull(paragraph),
    id: orNull(id),
    namespace: orNull(nameText(200)),
    slug: orNull(line),
    homepage: orNull(url),
    iconUrl: orNull(url),
    createdAt: orNull(time),
    useCount: orNull(count),
    verified: orNull(flag),
    remote: orNull(flag),
    isDeployed: orNull(flag),
  }),
);

/** One page of the list. Of two servers of one name only the first is read. */
export const serverList: Reading<ServerListAnswer> = (given, lost) => {
  const answer = entry({ servers: list(listedServer, MAX_SERVERS), pagination })(given, lost);
  if (answer === undefined) return undefined;
  const servers = new Map<string, ListedServer>();
  for (const server of answer.servers) {
    const first = servers.get(server.qualifiedName);
    if (first === undefined) servers.set(server.qualifiedName, server);
    else if (first.id !== server.id) lost.entries += 1;
  }
  return { ...answer, servers: [...servers.values()] };
};

const tool = entry<Tool>({
  name: visible(line),
  description: orNull(paragraph),
  inputSchema: orNull(modestObject),
});

const connection = (given: unknown, lost: Unreadable) =>
  httpConnection(given, lost) ?? stdioConnection(given, lost);
const httpConnection = entry({
  type: exactly(z.literal('http')),
  deploymentUrl: orNull(url),
  transport: orNull(exactly(z.literal('sse'))),
});
const stdioConnection = entry({
  type: exactly(z.literal('stdio')),
  bundleUrl: orNull(url),
  signer: orNull(
    entry({
      subject: visible(shownText(400)),
      issuer: visible(shownText(400)),
      validFrom: time,
      validTo: time,
      isSelfSigned: flag,
      fingerprint: exactly(z.string().regex(/^[0-9a-f]{64}$/)),
      isVerified: flag,
    }),
  ),
});

const detail = named(
  entry({
    qualifiedName: orNull(qualifiedName),
    displayName: orNull(visible(line)),
    description: orNull(paragraph),
    iconUrl: orNull(url),
    remote: orNull(flag),
    deploymentUrl: orNull(url),
    connections: orNull(unlessEmptied(list(connection, MAX_CONNECTIONS))),
    tools: orNull(unlessEmptied(distinct(list(tool, MAX_TOOLS), ({ name }) => name))),
    security: orNull(entry({ scanPassed: flag })),
  }),
);

/** A server's own answer. One that names another server than the one asked for is not read at all. */
export function serverDetail(asked: string): Reading<ServerDetail> {
  return (given, lost) => {
    if (!isRecord(given)) return undefined;
    // Some registries leave the name out of their answer.
    const read = detail({ ...given, qualifiedName: given['qualifiedName'] ?? asked }, lost);
    if (read?.qualifiedName !== asked) return undefined;
    const { tools } = given;
    return {
      ...read,
      qualifiedName: asked,
      toolCount: read.tools !== null && Array.isArray(tools) ? tools.length : null,
    };
  };
}

const releaseFields = {
  id: orNull(id),
  status: orNull(line),
  type: orNull(line),
  createdAt: orNull(time),
  branch: orNull(line),
  commit: orNull(line),
  commitMessage: orNull(shownText(1000)),
  upstreamUrl: orNull(url),
};

export const releaseList = entry<ReleaseListAnswer>({
  releases: listInPlace(entry<Release>(releaseFields), MAX_RELEASES),
  pagination,
});

const releaseLog = entry<ReleaseLog>({
  message: paragraph,
  level: orNull(line),
  stage: orNull(exactly(z.enum(['deploy', 'scan', 'metadata', 'publish']))),
  timestamp: orNull(time),
  error: orNull(entry({ message: paragraph })),
});

export const release = entry<ReleaseDetail>({
  ...releaseFields,
  logs: orNull(list(releaseLog, MAX_LOGS)),
});

export const secretList: Reading<SecretListAnswer> = distinct(
  list(entry({ name: nameText(500), lost: orNull(flag) }), MAX_NAMES),
  ({ name }) => name,
);

export const domainList = entry<DomainListAnswer>({
  domains: distinct(list(entry({ hostname: nameText(500) }), MAX_NAMES), ({ hostname }) => hostname),
});

export const logList = entry<LogListAnswer>({ total: orNull(count) });

/** Namespaces that can be asked for, each once. None is not believed of an answer that counts some. */
export const namespaceList: Reading<NamespaceListAnswer> = (given, lost) => {
  const answer = entry<NamespaceListAnswer & { pagination: Pagination }>({
    namespaces: unlessEmptied(list(entry({ name: namespaceName }), MAX_NAMES)),
    pagination,
  })(given, lost);
  if (answer === undefined) return undefined;
  if (answer.namespaces.length === 0 && (answer.pagination.totalCount ?? 0) > 0) return undefined;
  const names = new Set(answer.namespaces.map(({ name }) => name));
  return { namespaces: [...names].map((name) => ({ name })) };
};

const namespaceName = exactly(z.string().refine((name) => parseQualifiedName(name)?.server === ''));

/** The data of each event of a release's stream, by the event's name; others are not passed on. */
export const releaseEvents: ReadonlyMap<string, Reading<object>> = new Map<string, Reading<object>>([
  ['init', entry({ id: orNull(id), status: orNull(line), logs: orNull(list(releaseLog, MAX_LOGS)) })],
  ['log', releaseLog],
  ['status', entry({ status: orNull(line) })],
  ['complete', entry({ status: orNull(line), mcpUrl: orNull(url) })],
]);

interface Words {
  qualifiedName: string | null;
  displayName: string | null;
  description: string | null;
}

// Something to call it by, where it has no words of its own.
function named<T extends Words>(
  read: Reading<T>,
): Reading<Omit<T, 'displayName' | 'description'> & { displayName: string; description: string }> {
  return (given, lost) => {
    const words = read(given, lost);
    if (words === undefined) return undefined;
    const { displayName, description, qualifiedName: name } = words;
    return { ...words, displayName: displayName ?? name ?? '', description: description ?? '' };
  };
}
