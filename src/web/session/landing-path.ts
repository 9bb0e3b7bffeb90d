import { paths } from '#web/lib/paths.ts';

/** Where to land after signing in: `next`, where it is a path of this site, else the servers. */
export function landingPath(next: string | null, origin: string): string {
  if (next === null || !next.startsWith('/') || !URL.canParse(next, origin)) return paths.servers();
  const { origin: target, pathname, search } = new URL(next, origin);
  return target === origin && pathname !== paths.signIn() ? pathname + search : paths.servers();
}
