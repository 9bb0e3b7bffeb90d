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

const PATTERNS = Object.values(PAGES).map(segmentsOf);

/** True for the still encoded path of a page; what its parameters name need not exist. */
export function isPagePath(path: string): boolean {
  const segments = segmentsOf(path);
  return PATTERNS.some(
    (pattern) =>
      pattern.length === segments.length &&
      pattern.every((part, i) => part === segments[i] || (part.startsWith(':') && segments[i] !== '')),
  );
}

// As the router: a slash at the end changes nothing.
function segmentsOf(path: string): string[] {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '');
  return trimmed === '' ? [] : trimmed.split('/');
}
