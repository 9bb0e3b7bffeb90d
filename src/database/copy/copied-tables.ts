import type { Database } from '#database/schema.ts';

/** How a table is copied: the columns of its primary key, which order its rows, or why it is not copied as rows. */
type Copied = readonly string[] | 'bundles' | 'of a process';

// In an order in which each row comes after those it refers to.
const TABLES = {
  installation: ['key'],
  users: ['id'],
  owner_quotas: ['owner_id', 'kind'],
  organization_members: ['organization_id', 'user_id'],
  api_keys: ['id'],
  namespaces: ['name'],
  name_holds: ['kind', 'name'],
  servers: ['rid'],
  deleted_servers: ['rid'],
  releases: ['id'],
  server_versions: ['rid'],
  unfiled_servers: ['server_rid'],
  tools: ['rid'],
  tool_postings: ['term', 'weight', 'rid'],
  tool_variants: ['variant', 'word'],
  release_logs: ['release_id', 'seq'],
  secrets: ['server_rid', 'name'],
  domains: ['server_rid'],
  icons: ['server_rid'],
  log_phrases: ['rid'],
  log_words: ['server_rid', 'word', 'phrase_rid'],
  invocation_counts: ['server_rid', 'phrase_rid', 'hour'],
  invocations: ['id'],
  call_hours: ['server_rid', 'hour', 'tool'],
  call_days: ['server_rid', 'day'],
  uncounted_servers: ['server_rid'],
  search_postings: ['term', 'weight', 'rid'],
  search_variants: ['variant', 'word'],
  skills: ['rid'],
  skill_postings: ['term', 'weight', 'rid'],
  skill_variants: ['variant', 'word'],
  oauth_clients: ['id'],
  oauth_grants: ['id'],
  oauth_grant_servers: ['grant_id', 'server_rid'],
  oauth_tokens: ['hash'],
  audit_entries: ['id'],
  audit_viewers: ['owner_id', 'entry_id'],
  oauth_requests: 'of a process',
  operations: ['id'],
  sessions: ['id_hash'],
  namespace_sights: ['registry', 'key_print'],
  owned_lists: ['rid'],
  owned_namespaces: ['list_rid', 'namespace'],
  owned_servers: ['list_rid', 'qualified_name'],
  sign_in_codes: 'of a process',
  sign_in_attempts: 'of a process',
  processes: 'of a process',
  blobs: 'bundles',
  blob_chunks: 'bundles',
} as const satisfies Record<keyof Database, Copied>;

/** A table whose rows are copied from one database to another. */
export interface CopiedTable {
  name: keyof Database;
  key: readonly string[];
}

/** The tables in the order in which their rows can be written. */
export const COPIED_TABLES: readonly CopiedTable[] = Object.entries(TABLES).flatMap(([name, key]) =>
  typeof key === 'string' ? [] : [{ name: name as keyof Database, key }],
);

/** Facts that belong to the database they are in, not to what it holds. */
export const OWN_FACTS: ReadonlySet<unknown> = new Set(['id', 'blobs', 'version', 'unfinished-copy']);
