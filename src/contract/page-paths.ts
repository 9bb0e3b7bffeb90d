/**
 * The address of every page of the dashboard, each as the router has it: the server answers these with the page, and every
 * other one with a 404.
 */
export const PAGES = {
  home: '/',
  signIn: '/sign-in',
  servers: 'servers',
  server: 'servers/:qualifiedName',
  activity: 'activity',
  clients: 'clients',
  authorize: 'connect/authorize',
} as const;

export type Page = keyof typeof PAGES;

const PATTERNS = Object.entries(PAGES).map(([page, path]) => [page as Page, segmentsOf(path)] as const);

/** Which page is at this still encoded path; undefined where none is. What its parameters name need not exist. */
export function pageAt(path: string): Page | undefined {
  const segments = segmentsOf(path);
  return PATTERNS.find(
    ([, pattern]) =>
      pattern.length === segments.length &&
      pattern.every((part, i) => part === segments[i] || (part.startsWith(':') && segments[i] !== '')),
  )?.[0];
}

/** Which of the built pages is sent at each address: all are one application, and differ in what is painted first. */
export const PAGE_FILES: Readonly<Record<Page, string>> = {
  home: 'index.html',
  servers: 'index.html',
  server: 'server.html',
  signIn: 'sign-in.html',
  activity: 'activity.html',
  clients: 'frame.html',
  authorize: 'bare.html',
};
/** What is sent where there is no page, to be told so. */
export const NOT_FOUND_FILE = 'frame.html';

// As the router: a slash at the end changes nothing.
function segmentsOf(path: string): string[] {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '');
  return trimmed === '' ? [] : trimmed.split('/');
}
