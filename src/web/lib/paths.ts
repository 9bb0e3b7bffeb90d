import { encodeQualifiedName } from '#contract/qualified-name.ts';

/** Every address of the dashboard. Links are built here and nowhere else, so that a name is always one segment. */
export const paths = {
  home: () => '/',
  servers: () => '/servers',
  server: (qualifiedName: string) => `/servers/${encodeQualifiedName(qualifiedName)}`,
  activity: () => '/activity',
  /** `next` is where to land after signing in: a path of this site. */
  signIn: (next?: string) => (next === undefined ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`),
} as const;
