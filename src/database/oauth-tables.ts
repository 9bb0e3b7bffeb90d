/** A program that asks for access: one that registered itself, or one whose id is the URL of a document about it. */
export interface OAuthClientRow {
  id: string;
  kind: 'registered' | 'document';
  /** As it calls itself. */
  name: string | null;
  /** JSON array. */
  redirect_uris: string;
  /** When it registered, or its document was last read. */
  created_at: string;
  /** When an owner last allowed it something; null: never. */
  used_at: string | null;
}

/** What a client asks an owner for, until one has answered. */
export interface OAuthRequestRow {
  /** The SHA-256 of the id in the address of the page. */
  hash: string;
  client_id: string;
  redirect_uri: string;
  code_challenge: string;
  state: string | null;
  /** The one server that it asks for; null: whichever the owner picks. */
  server_name: string | null;
  expires_at: string;
}

/** What an owner allowed a client. */
interface OAuthGrantRow {
  id: string;
  user_id: string;
  /** The key with which it was allowed, where that lives longer than a session: it ends with that. */
  key_id: string | null;
  client_id: string;
  redirect_uri: string;
  created_at: string;
  /** The last call, to the minute; null: none yet. */
  used_at: string | null;
}

/** A server that a client may call, as long as it has the name under which it was allowed. */
interface OAuthGrantServerRow {
  grant_id: string;
  server_rid: number;
  qualified_name: string;
}

/** A code or token of a grant, of which only the SHA-256 is kept. */
export interface OAuthTokenRow {
  hash: string;
  kind: 'code' | 'access' | 'refresh';
  grant_id: string;
  /** Of a code. */
  code_challenge: string | null;
  expires_at: string;
  /** When it was exchanged, which is good once; always null for access tokens. */
  used_at: string | null;
}

export interface OAuthTables {
  oauth_clients: OAuthClientRow;
  oauth_requests: OAuthRequestRow;
  oauth_grants: OAuthGrantRow;
  oauth_grant_servers: OAuthGrantServerRow;
  oauth_tokens: OAuthTokenRow;
}
