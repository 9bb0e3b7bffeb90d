/** Where the browser finds what is here, at the gateway of our own registry alone. */
export const clientPaths = {
  clients: () => '/api/-/clients',
  client: (id: string) => `/api/-/clients/${encodeURIComponent(id)}`,
  requests: () => '/api/-/client-requests',
  request: (id: string) => `/api/-/client-requests/${encodeURIComponent(id)}`,
} as const;

/** Where the gateway finds it, relative to the registry's root. */
export const grantPaths = {
  grants: () => '/oauth/grants',
  grant: (id: string) => `/oauth/grants/${encodeURIComponent(id)}`,
  request: (id: string) => `/oauth/requests/${encodeURIComponent(id)}`,
} as const;

/** Who asks for access, as far as it is known. */
export interface ClientIdentity {
  /** As it calls itself; null: not at all. Anybody may call themselves anything. */
  name: string | null;
  /** The host that vouches for it; null where nobody does. */
  verifiedHost: string | null;
  /** Where it is told of the answer: a host, a scheme as `cursor:`, or null for a program on the owner's own machine. */
  redirectTo: string | null;
}

/** What a client asks for: `GET /api/-/client-requests/{id}`. */
export interface ClientRequest {
  client: ClientIdentity;
  /** The name of the user who would allow it. */
  account: string;
  /** The one server it asks for; or, where the owner may choose, theirs. */
  servers: string[];
  isChoice: boolean;
  /** ISO 8601: until when it can be answered. */
  expiresAt: string;
}

/** How many servers an owner may choose among, and allow at once, where a client names none. */
export const MAX_CHOICES = 200;

/** The answer to it: `POST /api/-/client-requests/{id}`. `servers` counts where the owner may choose. */
export type ClientAnswer = { allow: true; servers: string[] } | { allow: false };

/** Where the browser takes the answer to. */
export interface ClientRedirect {
  redirectTo: string;
}

/** A client that may call servers. */
export interface ConnectedClient {
  id: string;
  client: ClientIdentity;
  /** By name, those that are still there. */
  servers: string[];
  /** ISO 8601. */
  allowedAt: string;
  /** Its last call, to the minute; null: none yet. */
  usedAt: string | null;
}

/** `GET /api/-/clients`. */
export interface ConnectedClientList {
  clients: ConnectedClient[];
}
