/** What kinds of things a service token may be limited to. */
export const RESOURCES = ['servers', 'namespaces', 'skills', 'connections'] as const;
export type Resource = (typeof RESOURCES)[number];
/** What it may be limited to doing with them; the API calls these operations. */
export const PERMISSIONS = ['read', 'write', 'execute'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Whose things a request may touch. */
export interface Scope {
  /** A user and their organizations, or one organization. */
  ownerIds: readonly string[];
  /** The only namespaces a service token is for; null: no such limit. Never empty once a request has passed. */
  namespaces: readonly string[] | null;
}

/** One limit of a service token; what it does not name, it does not limit. */
export interface TokenLimit {
  namespaces?: string[] | undefined;
  resources?: Resource[] | undefined;
  operations?: Permission[] | undefined;
  /** Patterns for texts of a JSON-RPC message, by their dot-paths. */
  rpcReqMatch?: Record<string, string> | undefined;
}

/** Whose key was shown, or which the shown token was made with. */
interface Holder {
  userId: string;
  /** The name of the user or organization. */
  name: string;
  keyLabel: string;
}

/** Who asks, and what they may do. */
export interface Access extends Scope {
  /** The user or organization whose key it is: who will own what is made now. */
  userId: string;
  /** The key itself, or the one that a service token was made with. */
  keyId: string;
  /** Null for who shows no key of their own. */
  holder: Holder | null;
  /** True for a key of a user who may see what everybody did. */
  isAdmin: boolean;
  /** The organizations whose admin this user is. */
  adminOf: readonly string[];
  /** The one organization that a service token is for; null: no such limit. */
  organizationId: string | null;
  /** True for a service token, whatever it is limited to. */
  byToken: boolean;
  /** Every limit of a service token, each of which must allow the request; empty for a key. */
  policy: readonly TokenLimit[];
  /** When the key or token ends; null: never. */
  expiresAt: Date | null;
  /** Of a connected client: the servers whose MCP it may call, and it may do nothing else. Absent: no such limit. */
  callable?: readonly string[];
}

/** Who owns nothing: no id is empty. */
export const NOBODY: Access = {
  userId: '',
  keyId: '',
  holder: null,
  isAdmin: false,
  ownerIds: [''],
  namespaces: null,
  adminOf: [],
  organizationId: null,
  byToken: false,
  policy: [],
  expiresAt: null,
};
