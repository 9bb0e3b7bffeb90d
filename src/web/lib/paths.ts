import {
  encodeQualifiedName,
  formatQualifiedName,
  parseQualifiedNameSegment,
} from '#contract/qualified-name.ts';

/** Every address of the dashboard. Links are built here and nowhere else, so that a name is always one segment. */
export const paths = {
  home: () => '/',
  servers: () => '/servers',
  server: (qualifiedName: string) => `/servers/${encodeQualifiedName(qualifiedName)}`,
  activity: () => '/activity',
  /** What happened to one server. */
  activityOf: (qualifiedName: string) => `/activity?server=${encodeURIComponent(qualifiedName)}`,
  clients: () => '/clients',
  /** Where a client that asks for access sends its owner's browser. */
  authorize: () => '/connect/authorize',
  /** `next` is where to land after signing in: a path of this site. */
  signIn: (next?: string) => (next === undefined ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`),
} as const;

/** Where on a server's page the ways to connect are. */
export const CONNECT_ID = 'connect';

/**
 * The qualified name of the server whose page, or a tab of it, is at this still encoded path; undefined where it is
 * no server's page. Read from the path and not from the router's parameters: those are decoded twice, so that `acme%252Fweather` would
 * be `acme/weather` too.
 */
export function serverAt(pathname: string): string | undefined {
  const prefix = `${paths.servers()}/`;
  if (!pathname.startsWith(prefix)) return undefined;
  const [segment = ''] = pathname.slice(prefix.length).split('/', 1);
  const name = parseQualifiedNameSegment(segment);
  return name && formatQualifiedName(name);
}
