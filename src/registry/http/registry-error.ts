import type { ContentfulStatusCode } from 'hono/utils/http-status';

interface More {
  headers?: Record<string, string>;
  /** The dotted path of the field to blame: of a body, a query or a form. */
  field?: string;
}

/** A refusal: answered as `{"error": message}` with its status, and with the field to blame as a header. */
export class RegistryError extends Error {
  readonly status: ContentfulStatusCode;
  readonly headers: Record<string, string>;
  readonly field: string | undefined;

  constructor(status: ContentfulStatusCode, message: string, { headers = {}, field }: More = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
    this.field = field;
  }
}

/** The refusal of a field: a 400 that says what it must be. An empty path stands for the body as a whole. */
export function wrongField(field: string, text: string): RegistryError {
  return field === ''
    ? new RegistryError(400, `Body: ${text}`)
    : new RegistryError(400, `${field}: ${text}`, { field });
}

/** The refusal of what is asked for too often; `text` goes on with when it may be asked for again, in seconds. */
export function tooManyRequests(text: string, seconds: number): RegistryError {
  const headers = { 'Retry-After': String(seconds) };
  return new RegistryError(429, `${text}. Try again in ${seconds} s`, { headers });
}

/** The one answer for a server that is not there, and for one that its asker must not learn about. */
export function serverNotFound(): RegistryError {
  return new RegistryError(404, 'Server not found');
}
