import { checkCatalogAnswer } from './catalog-answers.ts';
import { errorBody, responseSchemas } from './response-schemas.ts';

type SchemaName = keyof typeof responseSchemas;

// Every call of the API whose success is JSON.
const answers: Record<string, SchemaName> = {
  'GET /health': 'health',
  'GET /servers': 'serverList',
  'GET /-/tools': 'toolList',
  'GET /-/servers': 'ownedServers',
  'GET /-/servers/counts': 'serverCounts',
  'GET /-/audit': 'auditList',
  'GET /-/tombstones/:name': 'tombstone',
  'GET /-/identity': 'identity',
  'GET /servers/:name': 'server',
  'PUT /servers/:name': 'createdServer',
  'PATCH /servers/:name': 'updatedServer',
  'DELETE /servers/:name': 'updatedServer',
  'POST /servers/:name/transfer': 'transferredServer',
  'GET /servers/:name/releases': 'releaseList',
  'PUT /servers/:name/releases': 'deployment',
  'GET /servers/:name/releases/:id': 'release',
  'POST /servers/:name/releases/:id/resume': 'resumedRelease',
  'GET /servers/:name/logs': 'logs',
  'GET /servers/:name/secrets': 'secretList',
  'PUT /servers/:name/secrets': 'done',
  'DELETE /servers/:name/secrets/:secret': 'done',
  'GET /servers/:name/domains': 'domainList',
  'PATCH /servers/:name/domains/:domain': 'domain',
  'PUT /servers/:name/icon': 'icon',
  'DELETE /servers/:name/icon': 'done',
  'GET /namespaces': 'namespaceList',
  'POST /namespaces': 'namespace',
  'PUT /namespaces/:name': 'namespace',
  'DELETE /namespaces/:name': 'deletedNamespace',
  'PUT /namespaces/:name/servers/:server': 'createdServer',
  'POST /tokens': 'token',
  'GET /organizations/:id/api-keys': 'apiKeyList',
  'POST /organizations/:id/api-keys': 'apiKey',
  'DELETE /organizations/:id/api-keys/:key': 'done',
  'GET /skills': 'skillList',
  'POST /skills': 'createdSkill',
  'GET /skills/:namespace/:slug': 'skill',
  'PUT /skills/:namespace/:slug': 'storedSkill',
  'DELETE /skills/:namespace/:slug': 'deletedSkill',
  'POST /skills/:namespace/:slug/sync': 'syncedSkill',
  'PUT /skills/:namespace/:slug/upload': 'storedSkill',
};

const patterns = Object.entries(answers).map(([call, schema]) => {
  const [method = '', path = ''] = call.split(' ');
  return { method, path: new RegExp(`^${path.replaceAll(/:[a-z]+/g, '[^/]+')}$`), schema };
});

/** Throws where a JSON answer of the registry's API is not of its documented shape. `path` may hold a query. */
export function checkAnswer(method: string, path: string, answer: { status: number; body: unknown }): void {
  const [pathname = '', query = ''] = path.split('?');
  if (typeof answer.body === 'string' || isNoApi(pathname)) return;
  if (answer.status >= 400) return void errorBody.parse(answer.body);
  if (pathname.startsWith('/v0.1/')) return checkCatalogAnswer(pathname, answer.body);
  // Of whole shapes only: what was chosen by name is looked at by the tests that choose.
  if (new URLSearchParams(query).has('fields')) return;
  const known = patterns.find((pattern) => pattern.method === method && pattern.path.test(pathname));
  if (known === undefined) throw new Error(`No schema for the answer of ${method} ${pathname}`);
  responseSchemas[known.schema].parse(answer.body);
}

// MCP and OAuth, which the API does not describe.
function isNoApi(pathname: string): boolean {
  return /^\/(mcp|oauth|\.well-known)\//.test(pathname);
}
