import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import { z } from 'zod';

// As it is published at static.modelcontextprotocol.io, by the MCP registry's own licence (MIT, Apache-2.0 since 2026).
const SCHEMA_FILE = new URL('schemas/server-2025-12-11.schema.json', import.meta.url);

const ajv = new Ajv({ strict: false, allErrors: true });
ajvFormats.default(ajv);
const isServerJson = ajv.compile(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as object);

const serverJson = z.looseObject({ name: z.string(), version: z.string() }).superRefine((value, context) => {
  if (!isServerJson(value)) context.addIssue(ajv.errorsText(isServerJson.errors, { dataVar: 'server' }));
});
const time = z.iso.datetime({ offset: true });
// The parts of the API's openapi.yaml around a server.json.
const serverResponse = z.strictObject({
  server: serverJson,
  _meta: z.strictObject({
    'io.modelcontextprotocol.registry/official': z.strictObject({
      status: z.enum(['active', 'deprecated', 'deleted']),
      statusMessage: z.string().max(500).optional(),
      statusChangedAt: time,
      publishedAt: time,
      updatedAt: time,
      isLatest: z.boolean(),
    }),
  }),
});
const serverList = z
  .strictObject({
    servers: z.array(serverResponse),
    metadata: z.strictObject({ count: z.int(), nextCursor: z.string().min(1).optional() }),
  })
  .refine(({ servers, metadata }) => metadata.count === servers.length, 'counts what it does not hold');

/** Throws where an answer is none of the official MCP registry's API, or a server in it is against the published schema. */
export function checkCatalogAnswer(pathname: string, body: unknown): void {
  if (/\/servers(\/[^/]+\/versions)?$/.test(pathname)) serverList.parse(body);
  else serverResponse.parse(body);
}
