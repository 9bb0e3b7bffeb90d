import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** A refusal: answered as `{"error": message}` with its status. */
export class RegistryError extends Error {
  readonly status: ContentfulStatusCode;
  readonly headers: Record<string, string>;

  constructor(status: ContentfulStatusCode, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** The one answer for a server that is not there, and for one that its asker must not learn about. */
export function serverNotFound(): RegistryError {
  return new RegistryError(404, 'Server not found');
}
