import { z } from 'zod';

/** How many headers an owner may set at once, and how long a value may be, in characters. */
export const MAX_HEADERS = 20;
const MAX_VALUE = 8192;

// As HTTP allows them; those that the transport itself writes are not the owner's to set.
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const TRANSPORT_HEADERS =
  /^(host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive|accept|mcp-.*|last-event-id|proxy-.*)$/i;

/** The name of a header that an owner may set. */
export const headerName = z
  .string()
  .regex(NAME, 'must be the name of an HTTP header, such as Authorization')
  .refine((name) => !TRANSPORT_HEADERS.test(name), 'is a header that the connection sets itself');

export const headerValue = z.string().max(MAX_VALUE).regex(VALUE, 'must be the value of an HTTP header');
