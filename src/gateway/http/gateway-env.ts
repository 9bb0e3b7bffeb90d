import type { HttpBindings } from '@hono/node-server';

/** A namespace that a key has in the registry. */
export interface OwnedNamespace {
  name: string;
  /** ISO 8601: since when it is known to be its owner's. What happened in it before may have been another's. */
  since: string;
}

/** Who looks at the ledger: they see what their key did and what its owners did in their namespaces. */
export interface Viewer {
  /** The key's print. */
  actor: string;
  namespaces: readonly OwnedNamespace[];
  /** False where the registry did not say lately what the key has: then there are no namespaces here. */
  isConfirmed: boolean;
}

/** A signed-in browser, as handlers see it. */
export interface Session {
  idHash: string;
  /** What the record calls it, from its beginning to its end; of no use to sign in with. */
  name: string;
  apiKey: string;
  /** The key's print: who acts. */
  actor: string;
  /** True where the key was made for this session, and dies with it. */
  minted: boolean;
  /** As last seen; what is shown because of them needs `Sessions.viewer`. */
  namespaces: OwnedNamespace[];
  namespacesAt: Date;
  /** When it ends whatever happens. */
  expiresAt: Date;
  /** When it ends unless it is used before. */
  idleAt: Date;
}

/** What every handler of the gateway finds in its Hono context. */
export interface GatewayEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    /** Of the client, or its network. */
    address: string;
    /** Set by `signedIn`, and only there. */
    session: Session;
    /** Whose request it is, for the log: the first characters of the key's print. */
    user: string | undefined;
  };
}

/** The path as it was sent, still encoded, without the query: what is routed on, so that nothing is decoded twice. */
export function rawPath(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}
