import { NotFoundError } from './not-found-error.ts';
import { serverAt } from './paths.ts';

/** The qualified name of the server whose page is at this path. Throws NotFoundError where none could be. */
export function requireQualifiedName(pathname: string): string {
  const qualifiedName = serverAt(pathname);
  if (qualifiedName === undefined) throw new NotFoundError();
  return qualifiedName;
}
