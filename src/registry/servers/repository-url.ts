/** Owner and name of a repository on GitHub; undefined for any other URL. */
export function parseRepository(url: string | null): { owner: string; name: string } | undefined {
  if (url === null) return undefined;
  const { hostname, pathname } = new URL(url);
  if (hostname !== 'github.com' && hostname !== 'www.github.com') return undefined;
  const [, owner, name] = /^\/([^/]+)\/([^/]+?)(?:\.git)?(?:\/|$)/.exec(pathname) ?? [];
  return owner === undefined || name === undefined ? undefined : { owner, name };
}
