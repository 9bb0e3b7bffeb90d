interface Unsupported {
  path: RegExp;
  /** What is not here, and what to do instead. */
  message: string;
}

// Where the official client and command line ask for what only Smithery's own service has. The first step of a
// connection's path is a namespace, so that what begins with a name of ours is none.
const NAMESPACE =
  '/(?!(?:servers|namespaces|skills|tokens|organizations|mcp|health)(?:/|$))[a-z0-9][a-z0-9-]*';
const UNSUPPORTED: readonly Unsupported[] = [
  {
    path: /^\/servers\/[^/]+\/repo$/,
    message:
      'Releases from a linked repository are not part of this registry. Release the URL of a running server, or an MCP bundle.',
  },
  {
    path: new RegExp(`^/uplink(/|$)|^${NAMESPACE}(/.*)?/\\.?uplink(/|$)`),
    message:
      'Uplinks to servers on your own machine are not part of this registry. Release the server as an MCP bundle, or connect your client to it directly.',
  },
  {
    path: new RegExp(`^/(triggers|subscriptions)(/|$)|^${NAMESPACE}(/.*)?/\\.?(triggers|subscriptions)(/|$)`),
    message:
      'Triggers and their subscriptions are not part of this registry, which calls nobody by itself. Ask the server for what is new with your MCP client.',
  },
  {
    path: new RegExp(`^/connect(/|$)|^${NAMESPACE}(/[^/]+(/\\.tools(/.*)?)?)?$`),
    message:
      'Connections are not part of this registry, which keeps none for you. Give your MCP client the address of the server itself: /mcp/{qualifiedName} under the address of this registry, with your key.',
  },
];

/** What is to be said of a path that belongs to a part of Smithery's API that is not here; undefined for any other. */
export function unsupportedApi(path: string): string | undefined {
  return UNSUPPORTED.find((each) => each.path.test(path))?.message;
}
