import type { DeployPayload } from '@smithery/api/resources/servers/releases';
import { z } from 'zod';
import { isWebUrl } from '#registry/http/body-fields.ts';
import { wrongField } from '#registry/http/registry-error.ts';
import { readShape, parseJson } from '#registry/http/shapes.ts';

const MAX_URL = 2048;
const MAX_CREDENTIALS = 20;
const MAX_CREDENTIAL = 8192;

const object = z.record(z.string(), z.unknown());
// As HTTP allows them; those that the transport itself writes are not the owner's to set.
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const TRANSPORT_HEADERS =
  /^(host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive|accept|mcp-.*|last-event-id|proxy-.*)$/i;

const headerName = z
  .string()
  .regex(HEADER_NAME, 'must be the name of an HTTP header, such as Authorization')
  .refine((name) => !TRANSPORT_HEADERS.test(name), 'is a header that the connection sets itself');
const credentialsShape = z
  .record(
    headerName,
    z.string().max(MAX_CREDENTIAL).regex(HEADER_VALUE, 'must be the value of an HTTP header'),
  )
  .refine((credentials) => Object.keys(credentials).length <= MAX_CREDENTIALS, 'holds too many headers');

const externalShape = z.object({
  type: z.literal('external'),
  upstreamUrl: z
    .string()
    .max(MAX_URL)
    .refine(isWebUrl, 'must be an http or https URL')
    .refine(
      (text) => !isWebUrl(text) || (new URL(text).username === '' && new URL(text).password === ''),
      'must not hold a user name or password: send them as scanCredentials',
    ),
  configSchema: object.optional(),
  scanCredentials: credentialsShape.optional(),
});

const stdioShape = z.object({
  type: z.literal('stdio'),
  runtime: z.enum(['node', 'binary', 'python', 'bun']),
  configSchema: object.optional(),
  serverCard: object.optional(),
});

export type Credentials = z.output<typeof credentialsShape>;

/** What a release is made from, as it is kept: never with credentials. */
export type KeptPayload =
  | (Omit<z.output<typeof externalShape>, 'scanCredentials'> & {
      /** True where it was sent with credentials, which are kept nowhere. */
      hasCredentials: boolean;
    })
  | z.output<typeof stdioShape>;

export interface ParsedPayload {
  payload: KeptPayload;
  /** What to show the upstream, as header names and values. */
  credentials: Credentials | null;
  warnings: string[];
}

const HOSTED =
  "hosted modules need Smithery's own runtime, which this registry does not have. " +
  'Run the server yourself and release its URL (type "external"), or release an MCPB bundle (type "stdio").';

/** Reads the `payload` part of a release. Throws a 400 that names what is wrong. */
export function parsePayload(text: string): ParsedPayload {
  const problem = 'must be a JSON object';
  const value = parseJson(text, 'payload', problem);
  if (typeof value !== 'object' || value === null) throw wrongField('payload', problem);
  const { type } = value as { type?: DeployPayload['type'] };
  if (type === 'hosted') throw wrongField('payload.type', HOSTED);
  if (type === 'external') {
    const { scanCredentials, ...payload } = readShape(value, externalShape, 'payload');
    return {
      payload: { ...payload, hasCredentials: scanCredentials !== undefined },
      credentials: scanCredentials ?? null,
      warnings: unknownFields(value, externalShape),
    };
  }
  if (type === 'stdio') {
    const payload = readShape(value, stdioShape, 'payload');
    return { payload, credentials: null, warnings: unknownFields(value, stdioShape) };
  }
  throw wrongField('payload.type', 'must be "external" (a URL) or "stdio" (an MCPB bundle)');
}

/** The body with which a release is resumed. */
export const resumeShape = z.object({ scanCredentials: credentialsShape.optional() });

function unknownFields(value: unknown, { shape }: { shape: object }): string[] {
  return Object.keys(value as object)
    .filter((field) => !(field in shape))
    .map((field) => `payload.${field.slice(0, 100)}: is not known here and was ignored`);
}
