import type { DomainListResponse } from '@smithery/api/resources/servers/domains';
import type { ReleaseGetResponse, ReleaseListResponse } from '@smithery/api/resources/servers/releases';
import type { SecretListResponse } from '@smithery/api/resources/servers/secrets';
import type { ServerGetResponse, ServerListResponse } from '@smithery/api/resources/servers/servers';

// A registry's answers as the gateway has read them: the parts of the official client's types that pages use. Where a
// field can be null, the registry does not tell it, or told something that cannot be it.

type OrNull<T> = { [Key in keyof T]-?: Exclude<T[Key], undefined> | null };

/** How much of an answer could not be read; the rest of it could. */
export interface Unreadable {
  /** Entries of its lists that are missing from what was read. */
  entries: number;
  /** Fields that are null although the answer has something there. */
  values: number;
}

/** As the header that goes with an answer: `entries=2, values=1`. */
export function formatUnreadable({ entries, values }: Unreadable): string {
  return `entries=${entries}, values=${values}`;
}

/** Reads that header; nothing where there is none. */
export function parseUnreadable(header: string | null): Unreadable {
  const [, entries = '0', values = '0'] = /^entries=(\d+), values=(\d+)$/.exec(header ?? '') ?? [];
  return { entries: Number(entries), values: Number(values) };
}

/** One server as the list has it: with its id, its creation time and its uses. */
export type ListedServer = Pick<ServerListResponse, 'qualifiedName' | 'displayName' | 'description'> &
  OrNull<
    Pick<
      ServerListResponse,
      | 'id'
      | 'namespace'
      | 'slug'
      | 'homepage'
      | 'iconUrl'
      | 'createdAt'
      | 'useCount'
      | 'verified'
      | 'remote'
      | 'isDeployed'
    >
  >;

/** What a list says of its whole. */
export interface Pagination {
  totalPages: number | null;
  totalCount: number | null;
}

export interface ServerListAnswer {
  servers: ListedServer[];
  pagination: Pagination;
}

/** Who signed a bundle, as its certificate says, which nobody but the embedded registry reads. Times are ISO 8601. */
export interface BundleSigner {
  subject: string;
  issuer: string;
  validFrom: string;
  validTo: string;
  isSelfSigned: boolean;
  /** SHA-256 of the certificate, in hex. */
  fingerprint: string;
  /** Whether the signature was found to fit the bundle. Who issued the certificate is never checked. */
  isVerified: boolean;
}

type StdioConnection = Pick<ServerGetResponse.StdioConnection, 'type'> &
  OrNull<Pick<ServerGetResponse.StdioConnection, 'bundleUrl'>> & {
    /** Who signed the bundle; null where it is not signed, or its registry does not tell. */
    signer: BundleSigner | null;
  };
type HttpConnection = Pick<ServerGetResponse.HTTPConnection, 'type'> &
  OrNull<Pick<ServerGetResponse.HTTPConnection, 'deploymentUrl'>> & {
    /** The older of the two ways to speak MCP over HTTP, where the server speaks it alone; null where it is not told. */
    transport: 'sse' | null;
  };

export type Tool = Pick<ServerGetResponse.Tool, 'name' | 'description'> & {
  /** A JSON Schema of bounded size and depth. */
  inputSchema: Record<string, unknown> | null;
};

/** One server as its own page has it: with connections and tools, without id or creation time. */
export type ServerDetail = Pick<
  ServerGetResponse,
  'qualifiedName' | 'displayName' | 'description' | 'iconUrl' | 'deploymentUrl' | 'security'
> &
  OrNull<Pick<ServerGetResponse, 'remote'>> & {
    connections: (StdioConnection | HttpConnection)[] | null;
    tools: Tool[] | null;
    /** How many tools the answer lists, those that could not be read among them. */
    toolCount: number | null;
  };

export type Release = OrNull<
  Pick<
    ReleaseListResponse,
    'id' | 'status' | 'type' | 'createdAt' | 'branch' | 'commit' | 'commitMessage' | 'upstreamUrl'
  >
>;

export interface ReleaseListAnswer {
  /** Newest first; null in the place of one that could not be read, so that none after it seems the newest. */
  releases: (Release | null)[];
  pagination: Pagination;
}

export type ReleaseLog = Pick<ReleaseGetResponse.Log, 'message'> &
  OrNull<Pick<ReleaseGetResponse.Log, 'level' | 'stage' | 'timestamp' | 'error'>>;

export type ReleaseDetail = Release & { logs: ReleaseLog[] | null };

/** The embedded registry says of a secret that its value is lost. */
export type SecretListAnswer = (Pick<SecretListResponse[number], 'name'> & { lost: boolean | null })[];

export interface DomainListAnswer {
  domains: Pick<DomainListResponse.Domain, 'hostname'>[];
}

/** Of the calls of a server, how many there are. */
export interface LogListAnswer {
  total: number | null;
}

export interface NamespaceListAnswer {
  namespaces: { name: string }[];
}
