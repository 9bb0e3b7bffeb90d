import { safeHref } from '#web/lib/safe-link.ts';

/**
 * The homepage that a server's owner set; undefined where none was set. A registry answers its own page of the server
 * then, as the Smithery Platform API promises: that is no homepage, and here it may be the very page that links to it.
 */
export function ownersHomepage(
  homepage: string | null | undefined,
  qualifiedName: string,
  registryUrl: string | undefined,
): string | undefined {
  const href = safeHref(homepage);
  if (href === undefined || registryUrl === undefined) return undefined;
  const { host, pathname } = new URL(href);
  const isOfRegistry = sitesOf(registryUrl).includes(host);
  return isOfRegistry && isServerPage(pathname, qualifiedName) ? undefined : href;
}

// The pages are beside the API, or where its host is called `api.`, on the site itself.
function sitesOf(registryUrl: string): string[] {
  const { host } = new URL(registryUrl);
  const site = host.replace(/^api\./, '');
  return [host, site, `www.${site}`];
}

function isServerPage(pathname: string, qualifiedName: string): boolean {
  const [, page] = /^\/servers?\/@?(.+?)\/?$/.exec(pathname) ?? [];
  return page !== undefined && decode(page) === qualifiedName;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
