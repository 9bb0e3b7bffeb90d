import type { HttpBindings } from '@hono/node-server';

/** A signed-in browser, as handlers see it. */
export interface Session {
  idHash: string;
  apiKey: string;
  /** The key's print: who acts. */
  actor: string;
  /** True where the key was made for this session, and dies with it. */
  minted: boolean;
  namespaces: string[];
  namespacesAt: Date;
  expiresAt: Date;
}

/** What every handler of the gateway finds in its Hono context. */
export interface GatewayEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
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
