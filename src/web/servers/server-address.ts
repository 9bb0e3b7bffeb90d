import { formatQualifiedName, parseQualifiedNameSegment } from '#contract/qualified-name.ts';
import { paths } from '#web/lib/paths.ts';

/** Whether an address of this site is the page of this very server, however its name is encoded there. */
export function isPageOf(qualifiedName: string, pathname: string): boolean {
  const prefix = `${paths.servers()}/`;
  if (!pathname.startsWith(prefix)) return false;
  const name = parseQualifiedNameSegment(pathname.slice(prefix.length));
  return name !== undefined && formatQualifiedName(name) === qualifiedName;
}
