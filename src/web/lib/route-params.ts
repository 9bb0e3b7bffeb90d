import { formatQualifiedName, parseQualifiedName } from '#contract/qualified-name.ts';
import { NotFoundError } from './not-found-error.ts';

/** The qualified name in a route's parameters. Throws NotFoundError where there is none that could exist. */
export function requireQualifiedName(params: { qualifiedName?: string | undefined }): string {
  const parsed = parseQualifiedName(params.qualifiedName ?? '');
  if (parsed === undefined) throw new NotFoundError();
  return formatQualifiedName(parsed);
}
