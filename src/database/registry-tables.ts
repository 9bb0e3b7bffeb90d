import type { Generated } from 'kysely';
import type { ReleaseStatus } from '#contract/release-statuses.ts';
import type { AuditTables } from './audit-tables.ts';
import type { OAuthTables } from './oauth-tables.ts';

// Times are ISO 8601 text with milliseconds and Z, truth is 0 or 1, structures are JSON as text.

/** A person or an organization: whoever owns namespaces and holds keys. */
export interface UserRow {
  id: string;
  name: string;
  created_at: string;
  kind: Generated<'user' | 'organization'>;
  /** Since when none of its keys is valid; null: they are. */
  disabled_at: string | null;
  /** 1 where this user may see what everybody did. */
  is_admin: Generated<number>;
}

export interface OrganizationMemberRow {
  organization_id: string;
  user_id: string;
  role: 'admin' | 'member';
  created_at: string;
}

/** A bearer key, of which only the SHA-256 is kept. */
export interface ApiKeyRow {
  id: string;
  user_id: string;
  hash: string;
  label: string;
  created_at: string;
  expires_at: string | null;
  /** The last request with it, to the minute; null: none that is known. */
  last_used_at: string | null;
}

export interface NamespaceRow {
  name: string;
  owner_id: string;
  created_at: string;
}

/** How a release is reached: hosted by the registry, behind a URL of its owner, or run on the user's machine. */
export type ReleaseType = 'hosted_shttp' | 'external_shttp' | 'stdio';

/** `sse` is the older of the two ways to speak MCP over HTTP. */
export type UpstreamTransport = 'streamable' | 'sse';

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
  /** The release that callers reach or download; null where none is. */
  live_release_id: string | null;
  /** 1 where its owner decided on it, also that it is empty: a release leaves it as it is. */
  owns_display_name: Generated<number>;
  owns_description: Generated<number>;
  owns_homepage: Generated<number>;
  owns_icon: Generated<number>;
  /** The highest n that a version `0.0.<n>` of it had. */
  last_number: Generated<number>;
  /** Its display name as `nameKey` makes it: what lists are sorted by. */
  name_key: Generated<string>;
  /** When its newest call began; null: none is known. */
  last_call_at: string | null;
  /** The place of its state in `SERVER_STATES`; null: not known. Kept by `keepStates`. */
  state_rank: Generated<number | null>;
  /** When its newest release was asked for; null: none was. Kept by `keepStates`. */
  released_at: string | null;
}

export interface ReleaseRow {
  id: string;
  server_rid: number;
  status: ReleaseStatus;
  type: ReleaseType;
  commit_sha: string | null;
  commit_message: string | null;
  branch: string | null;
  /** As its owner gave it. */
  upstream_url: string | null;
  created_at: string;
  updated_at: string;
  /** JSON: what its maker sent, without credentials. Null for releases older than this. */
  payload: string | null;
  /** JSON: what it offers (tools, resources, prompts, serverInfo) and what of it could not be taken, once that is known. */
  card: string | null;
  /** Which blob its bundle is, and how many bytes that has. */
  bundle_hash: string | null;
  bundle_size: number | null;
  /** JSON: who signed its bundle; null where nobody did. */
  signer: string | null;
  /** Who runs its pipeline, and until when nobody else may. */
  runner: string | null;
  lease_until: string | null;
  /** Where calls go: where `upstream_url` led to when it was released. Null where that is not known. */
  called_url: string | null;
  /** How it is called; null for releases older than this, which are called as `streamable`. */
  transport: UpstreamTransport | null;
  /** JSON: the headers that its server is sent, where values may name secrets; null for none. */
  upstream_headers: string | null;
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

export interface SecretRow {
  server_rid: number;
  name: string;
  type: string;
  /** The value, sealed for the server's id and this name; null where only the name is known. */
  sealed: string | null;
  /** When its value went with the secret that sealed it; null where it did not. */
  lost_at: string | null;
  /** The only origin that this value is sent to, as `https://weather.example`; null until a release uses it. */
  origin: string | null;
}

/** A name that only its former owner may take again, until it becomes free. */
export interface NameHoldRow {
  kind: 'namespace' | 'server' | 'subdomain';
  /** Of a server: the qualified one. */
  name: string;
  owner_id: string;
  until: string;
  /** The qualified name that a transferred server has now. */
  moved_to: string | null;
}

/** What is remembered, for its owner, of a server whose name ended. Nothing shows it to whoever has the name next. */
interface DeletedServerRow {
  rid: Generated<number>;
  /** The server's identity. */
  id: string;
  qualified_name: string;
  /** Whose it was. */
  owner_id: string;
  description: string;
  /** As its live release told it; null where none was live, or it told none. */
  last_version: string | null;
  was_listed: number;
  /** The qualified name that it has now, where it was transferred and lives. */
  moved_to: string | null;
  deleted_at: string;
  /** As of the server. */
  last_number: number;
  display_name: string;
  /** Until when its name is held: so long it is told of, and then forgotten. */
  until: string;
}

/** A version of a server: a release that went live. */
interface ServerVersionRow {
  rid: Generated<number>;
  /** The server's name in the catalog, without the host before it. */
  catalog_name: string;
  version: string;
  namespace: string;
  /** Null where the server has this name no more: then `deleted_rid` says what it was. */
  server_rid: number | null;
  release_id: string | null;
  deleted_rid: number | null;
  is_latest: number;
  published_at: string;
}

/** A server that older versions of Touchmark released, and that is not filed yet for the catalog and the search of tools. */
interface UnfiledServerRow {
  server_rid: number;
}

/** A tool of the live release of a server. */
export interface ToolRow {
  rid: Generated<number>;
  server_rid: number;
  name: string;
  title: string | null;
  description: string | null;
  /** JSON Schema. */
  input_schema: string;
}

/** A prompt to reuse: a bundle that was uploaded, or a SKILL.md kept on GitHub. */
export interface SkillRow {
  /** The row's number: short, so that the search index stays small. */
  rid: Generated<number>;
  id: string;
  namespace: string;
  slug: string;
  qualified_name: string;
  display_name: string;
  description: string;
  category: string | null;
  git_url: string | null;
  bundle_hash: string | null;
  /** In bytes. */
  bundle_size: number | null;
  /** The folder inside the bundle that holds SKILL.md, with a slash at its end; empty for none. */
  bundle_folder: string | null;
  listed: number;
  created_at: string;
  updated_at: string;
  /** The text of SKILL.md. */
  prompt: string;
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
  /** What its messages say; null for a call of an older version that is not filed yet. */
  phrase_rid: number | null;
}

/** A set of words that calls of a server say: what they are searched by. */
interface LogPhraseRow {
  rid: Generated<number>;
  server_rid: number;
  /** SHA-256 of the words, in hex. */
  hash: string;
  /** No call that says it is newer. */
  newest_at: string;
}

interface LogWordRow {
  server_rid: number;
  word: string;
  phrase_rid: number;
}

/** How many calls of one hour say the same, and what they weigh. */
export interface InvocationCountRow {
  server_rid: number;
  /** 0: whatever they say; their weight is not repeated there. */
  phrase_rid: number;
  /** The beginning of a time, as `2026-01-04T10`. */
  hour: string;
  calls: number;
  bytes: number;
}

/** The calls of one hour to one tool of a server. They stay when the log of them is gone. */
export interface CallHourRow {
  server_rid: number;
  /** The beginning of a time, as `2026-01-04T10`. */
  hour: string;
  /** Empty for calls of no tool, or of several at once. */
  tool: string;
  calls: number;
  /** Of these, those that failed on the way or were answered with an error. */
  errors: number;
  /** Of these, those whose tool says that it failed. */
  tool_errors: number;
  /** How many took at most so many milliseconds, and more than the column before. Streams of events are in none. */
  took_10: number;
  took_30: number;
  took_100: number;
  took_300: number;
  took_1000: number;
  took_3000: number;
  took_10000: number;
  took_longer: number;
}

/** The calls of one day to a server, which are those of its hours, to be summed up quickly. */
interface CallDayRow {
  server_rid: number;
  /** As `2026-01-04`. */
  day: string;
  calls: number;
  errors: number;
}

/** A server with calls in the log that an older version wrote and that are not counted yet: those of this time and before. */
interface UncountedServerRow {
  server_rid: number;
  until_at: string;
  /** Of calls of that very time, the one after which the first uncounted one comes. */
  until_id: string;
}

/** One word of one server or skill, at the best place it stands: 0 name, 1 display name, 2 description. */
export interface SearchPostingRow {
  term: string;
  weight: number;
  rid: number;
}

/** A word and everything it becomes by losing at most one letter: what a mistyped word is looked up in. */
export interface SearchVariantRow {
  variant: string;
  word: string;
}

/** A file kept by its content, or a draft of one while it comes. Only where bundles are kept in the database. */
interface BlobRow {
  id: string;
  /** SHA-256 of the bytes, in hex; null for a draft. */
  hash: string | null;
  /** In bytes; 0 for a draft. */
  size: number;
  /** When its bytes last came. */
  put_at: string;
  /** Since when it is not there for new readers; null: it is there. */
  forgotten_at: string | null;
}

/** A piece of a blob; all but the last one have the same length. */
interface BlobChunkRow {
  blob_id: string;
  seq: number;
  bytes: Uint8Array;
}

/** What an owner may have of a kind, where it is not what everybody may. */
interface OwnerQuotaRow {
  owner_id: string;
  kind: 'servers' | 'bundleBytes' | 'releases' | 'streams' | 'requests';
  amount: number;
}

export interface RegistryTables extends OAuthTables, AuditTables {
  owner_quotas: OwnerQuotaRow;
  users: UserRow;
  organization_members: OrganizationMemberRow;
  api_keys: ApiKeyRow;
  namespaces: NamespaceRow;
  servers: ServerRow;
  releases: ReleaseRow;
  release_logs: ReleaseLogRow;
  secrets: SecretRow;
  domains: DomainRow;
  icons: IconRow;
  invocations: InvocationRow;
  log_phrases: LogPhraseRow;
  log_words: LogWordRow;
  invocation_counts: InvocationCountRow;
  call_hours: CallHourRow;
  call_days: CallDayRow;
  uncounted_servers: UncountedServerRow;
  search_postings: SearchPostingRow;
  search_variants: SearchVariantRow;
  name_holds: NameHoldRow;
  deleted_servers: DeletedServerRow;
  server_versions: ServerVersionRow;
  unfiled_servers: UnfiledServerRow;
  tools: ToolRow;
  tool_postings: SearchPostingRow;
  tool_variants: SearchVariantRow;
  skills: SkillRow;
  skill_postings: SearchPostingRow;
  skill_variants: SearchVariantRow;
  blobs: BlobRow;
  blob_chunks: BlobChunkRow;
}
