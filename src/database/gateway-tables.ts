import type { ColumnType, Generated, Selectable } from 'kysely';
import type { OperationAction, OperationFinding, OperationState } from '#contract/operations.ts';

/** A signed-in browser. Only the SHA-256 of its cookie is kept; the registry key is sealed (AES-256-GCM). */
export interface SessionRow {
  id_hash: string;
  /** The registry's URL, or `embedded`: our own may be reached under another port tomorrow. */
  registry: string;
  key_sealed: string;
  /** Tells keys apart without holding them: a keyed hash of the key. */
  key_print: string;
  /** 1 where the key was made for this session by a sign-in link, and dies with it. */
  key_minted: number;
  /** JSON array of the owner's namespaces and since when, as last seen. */
  namespaces: string;
  /** When they were last read from the registry. */
  namespaces_at: string;
  user_agent: string | null;
  created_at: string;
  /** The last request, to the minute. */
  seen_at: string;
  /** 1 where its cookie has the plain name; under the other name it is nobody's. */
  plain_cookie: number;
  /** The SHA-256 of the secret of the page that signed in; null where it named none. */
  page_hash: string | null;
}

/** A column that a later migration added: older rows, and those of kinds without use for it, have none. */
type Added<Value> = ColumnType<Value | null, Value | null | undefined>;

/** One change an owner asked for: written before it is sent, settled with what happened. */
interface OperationsTable {
  id: string;
  registry: string;
  action: OperationAction;
  target: string;
  namespace: string;
  /** The registry's id of the server as last seen before sending; null where it was not seen. */
  target_id: string | null;
  /** The key that asked, as `key_print`. */
  actor: string;
  /** The key itself, sealed, while it may be needed to check again; null once settled. */
  key_sealed: string | null;
  state: OperationState;
  finding: OperationFinding | null;
  status: number | null;
  message: string | null;
  retry_after: number | null;
  request_id: string;
  user_agent: string | null;
  created_at: string;
  settled_at: string | null;
  checked_at: string | null;
  /** Tells bodies apart without holding them: a keyed hash of a JSON body, or of an upload's parts. */
  body_print: Added<string>;
  /** What a later check should find, as JSON: keyed hashes by field. */
  expected: Added<string>;
  /** Of an upload: its file's name and length in bytes. */
  file_name: Added<string>;
  file_bytes: Added<number>;
  /** What the registry answered, as JSON, where it is needed for a replay and holds no secret. */
  answer: Added<string>;
  /** The field that the registry blamed for its refusal. */
  field: Added<string>;
  /** The process that answers for it while it is open, empty where none does; null once settled. */
  process_id: Added<string>;
  /** 1 where the key had the namespace when it asked, or the registry confirmed what it asked for; 0: a stranger's. */
  by_owner: Generated<number>;
  /** Whose key it was and what they call it, as far as the registry told. */
  actor_user: Added<string>;
  actor_key_label: Added<string>;
}

export type OperationRow = Selectable<OperationsTable>;

/** A code of a sign-in link that was not used yet. Only its SHA-256 is kept. */
interface SignInCodeRow {
  hash: string;
  expires_at: string;
}

/** Somebody who tried to sign in lately, as a hash. */
interface SignInAttemptsRow {
  hash: string;
  /** When all attempts are free again, in milliseconds since 1970. */
  free_at: number;
}

/** What a key was seen to have in a remote registry, which does not tell since when. */
interface NamespaceSightsRow {
  registry: string;
  key_print: string;
  /** JSON array of namespaces and since when without a break. */
  namespaces: string;
  /** The last time, to the day. */
  seen_at: string;
}

export interface GatewayTables {
  sessions: SessionRow;
  namespace_sights: NamespaceSightsRow;
  sign_in_codes: SignInCodeRow;
  sign_in_attempts: SignInAttemptsRow;
  operations: OperationsTable;
}
