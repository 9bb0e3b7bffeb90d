import { isForeignKeyViolation } from '#database/engine.ts';
import { ApiError } from '#registry/http/registry-error.ts';

/** Throws a 404 where a write failed because its namespace was deleted meanwhile, and the error itself otherwise. */
export function refuseGoneNamespace(error: unknown): never {
  if (isForeignKeyViolation(error)) throw new ApiError(404, 'Namespace not found');
  throw error;
}
