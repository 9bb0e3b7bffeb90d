/**
 * The address of a link that a stranger wrote, where it is safe to follow: absolute, http or https, and without a
 * user name, which would make another host look like the one it names. Undefined otherwise.
 */
export function safeHref(url: string | null | undefined): string | undefined {
  if (url === null || url === undefined || !URL.canParse(url)) return undefined;
  const { protocol, username, password, href } = new URL(url);
  const isWeb = protocol === 'https:' || protocol === 'http:';
  return isWeb && username === '' && password === '' ? href : undefined;
}
