import type { Generated } from 'kysely';

// Times are ISO 8601 text with milliseconds and Z, truth is 0 or 1, structures are JSON as text.

/** A person who owns namespaces and holds keys. */
interface UserRow {
  id: string;
  name: string;
  created_at: string;
}

/** A bearer key, of which only the SHA-256 is kept. */
interface ApiKeyRow {
  id: string;
  user_id: string;
  hash: string;
  label: string;
  created_at: string;
  expires_at: string | null;
}

export interface NamespaceRow {
  name: string;
  owner_id: string;
  created_at: string;
}

/** How a release is reached: hosted by the registry, behind a URL of its owner, or run on the user's machine. */
export type ReleaseType = 'hosted_shttp' | 'external_shttp' | 'stdio';

export type ReleaseStatus =
  | 'QUEUED'
  | 'WORKING'
  | 'SUCCESS'
  | 'FAILURE'
  | 'FAILURE_SCAN'
  | 'AUTH_REQUIRED'
  | 'AUTH_TIMEOUT'
  | 'CANCELLED'
  | 'INTERNAL_ERROR';

export interface ServerRow {
  /** The row's number: short, so that the search index stays small. */
  rid: Generated<number>;
  /** The server's identity: a server re-created under the same name has another. */
  id: string;
  namespace: string;
  /** Empty for a namespace-only server. */
  slug: string;
  qualified_name: string;
  display_name: string;
  description: string;
  homepage: string | null;
  repository_url: string | null;
  /** Read from `repository_url` when it is written, so that the list can filter by index. */
  repo_owner: string | null;
  repo_name: string | null;
  backlink_url: string | null;
  license: string | null;
  icon_url: string | null;
  unlisted: number;
  verified: number;
  /** 1 where the registry's own people maintain it. */
  managed: number;
  use_count: number;
  /** 1: reached over HTTP, 0: run locally, null: never released. */
  remote: number | null;
  /** The type of the release that is live, null where none is. */
  live_type: ReleaseType | null;
  runtime: 'node' | 'binary' | 'python' | 'bun' | null;
  scan_passed: number | null;
  created_at: string;
  updated_at: string;
  config_schema: string | null;
  tools: string | null;
  resources: string | null;
  prompts: string | null;
}

export interface ReleaseRow {
  id: string;
  server_rid: number;
  status: ReleaseStatus;
  type: ReleaseType;
  commit_sha: string | null;
  commit_message: string | null;
  branch: string | null;
  upstream_url: string | null;
  created_at: string;
  updated_at: string;
}

export interface ReleaseLogRow {
  release_id: string;
  seq: number;
  stage: 'deploy' | 'scan' | 'metadata' | 'publish';
  level: string;
  message: string;
  error: string | null;
  timestamp: string;
}

/** A secret's name; values are kept where the server runs. */
export interface SecretRow {
  server_rid: number;
  name: string;
  type: string;
}

/** The one managed domain of a server. */
export interface DomainRow {
  server_rid: number;
  hostname: string;
  subdomain: string;
  created_at: string;
  updated_at: string;
}

export interface IconRow {
  server_rid: number;
  content_type: string;
  bytes: Uint8Array;
  /** SHA-256 of the bytes, in hex. */
  hash: string;
}

/** One call that a running server answered. */
export interface InvocationRow {
  id: string;
  server_rid: number;
  timestamp: string;
  method: string;
  url: string;
  status: number;
  outcome: string;
  cpu_ms: number;
  wall_ms: number;
  /** JSON arrays in the API's shape. */
  logs: string;
  exceptions: string;
  /** Every message in lower case, one a line: what a text search looks through. */
  search_text: string;
}

/** One word of one server, at the best place it stands: 0 name, 1 display name, 2 description. */
interface SearchPostingRow {
  term: string;
  weight: number;
  rid: number;
}

/** A word and everything it becomes by losing at most one letter: what a mistyped word is looked up in. */
export interface SearchVariantRow {
  variant: string;
  word: string;
}

export interface RegistryTables {
  users: UserRow;
  api_keys: ApiKeyRow;
  namespaces: NamespaceRow;
  servers: ServerRow;
  releases: ReleaseRow;
  release_logs: ReleaseLogRow;
  secrets: SecretRow;
  domains: DomainRow;
  icons: IconRow;
  invocations: InvocationRow;
  search_postings: SearchPostingRow;
  search_variants: SearchVariantRow;
}
