import type { DeployPayload } from '@smithery/api/resources/servers/releases';
import { z } from 'zod';
import { isWebUrl } from '#registry/http/body-fields.ts';
import { headerName, headerValue, MAX_HEADERS } from '#registry/http/header-fields.ts';
import { wrongField } from '#registry/http/registry-error.ts';
import { readShape, parseJson } from '#registry/http/shapes.ts';
import { headerTemplatesShape, type HeaderTemplates } from '#registry/secrets/header-templates.ts';

const MAX_URL = 2048;
const object = z.record(z.string(), z.unknown());
const credentialsShape = z
  .record(headerName, headerValue)
  .refine((credentials) => Object.keys(credentials).length <= MAX_HEADERS, 'holds too many headers');

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
  upstreamHeaders: headerTemplatesShape.optional(),
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
  | (Omit<z.output<typeof externalShape>, 'scanCredentials' | 'upstreamHeaders'> & {
      /** True where it was sent with credentials, which are kept nowhere. */
      hasCredentials: boolean;
    })
  | z.output<typeof stdioShape>;

export interface ParsedPayload {
  payload: KeptPayload;
  /** What to show the upstream, as header names and values. */
  credentials: Credentials | null;
  /** What to show the upstream with each call too, from the server's secrets. */
  upstreamHeaders: HeaderTemplates | null;
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
    const { scanCredentials, upstreamHeaders = {}, ...payload } = readShape(value, externalShape, 'payload');
    return {
      payload: { ...payload, hasCredentials: scanCredentials !== undefined },
      credentials: scanCredentials ?? null,
      upstreamHeaders: Object.keys(upstreamHeaders).length === 0 ? null : upstreamHeaders,
      warnings: unknownFields(value, externalShape),
    };
  }
  if (type === 'stdio') {
    const payload = readShape(value, stdioShape, 'payload');
    return { payload, credentials: null, upstreamHeaders: null, warnings: unknownFields(value, stdioShape) };
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
