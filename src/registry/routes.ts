import type { HealthCheckResponse } from '@smithery/api/resources/health';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { CATALOG_PATH, FIELD_HEADER } from '#contract/api-paths.ts';
import { storageProblem } from '#database/engine.ts';
import { openToAnyOrigin } from '#platform/cors.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import { openToEditors } from '#registry/catalog/catalog-cors.ts';
import { addCatalogRoutes } from '#registry/catalog/catalog-routes.ts';
import { addDomainRoutes } from '#registry/domains/domain-routes.ts';
import { addHistoryRoutes } from '#registry/history/history-routes.ts';
import { addIconRoutes } from '#registry/icons/icon-routes.ts';
import { addSecretRoutes } from '#registry/secrets/secret-routes.ts';
import type { RegistryApp, RegistryContext, RegistryEnv } from './context.ts';
import { MAX_BODY_BYTES } from '#registry/http/shapes.ts';
import { unsupportedApi } from '#registry/http/unsupported-apis.ts';
import { addLogRoutes } from '#registry/logs/log-routes.ts';
import { addMcpRoutes } from '#registry/mcp/mcp-routes.ts';
import { addNamespaceRoutes } from '#registry/namespaces/namespace-routes.ts';
import { addConsentRoutes } from '#registry/oauth/consent-routes.ts';
import { addOAuthRoutes } from '#registry/oauth/oauth-routes.ts';
import { addOwnedServerRoutes } from '#registry/owned-servers/owned-server-routes.ts';
import { addIdentityRoutes } from '#registry/people/identity-routes.ts';
import { addOrganizationKeyRoutes } from '#registry/people/organization-key-routes.ts';
import { addDownloadRoutes } from '#registry/releases/download-routes.ts';
import { addReleaseRoutes } from '#registry/releases/release-routes.ts';
import { addGitSkillRoutes } from '#registry/skills/git-skill-routes.ts';
import { addSkillBundleRoutes } from '#registry/skills/skill-bundle-routes.ts';
import { addSkillRoutes } from '#registry/skills/skill-routes.ts';
import { addServerListRoutes } from '#registry/server-list/server-list-routes.ts';
import { addServerRoutes } from '#registry/servers/server-routes.ts';
import { addTransferRoutes } from '#registry/servers/transfer-routes.ts';
import { addToolRoutes } from '#registry/tools/tool-routes.ts';
import { addTokenRoutes } from '#registry/access/token-routes.ts';

// Their own handlers limit what these may weigh.
const takesFiles = [/^\/servers\/[^/]+\/(releases|icon)$/, /^\/skills\/[^/]+\/[^/]+\/upload$/, /^\/mcp\//];

const STORAGE_WORDS = {
  full: 'The registry’s disk is full: nothing was changed. Its operator must make room; then try again',
  busy: 'The registry’s database is busy: nothing was changed. Try again in a moment',
  lost: 'The registry’s database cannot be reached. Try again in a moment, and look before you repeat a change',
} as const;

/** Every path of the registry. What is wrong inside is told to the context's `reportError` and to nobody else. */
export function registryRoutes(context: RegistryContext): RegistryApp {
  const app: RegistryApp = new Hono<RegistryEnv>();

  const limitBody = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => {
      throw new RegistryError(413, `Body: must be at most ${MAX_BODY_BYTES} bytes`);
    },
  });
  // Before all that refuses, so that a page elsewhere can read why. Changes are made by programs, not by pages elsewhere.
  const openCalls = openToAnyOrigin('GET', 'POST', 'DELETE');
  const openReads = openToAnyOrigin('GET', 'HEAD');
  const openCatalog = openToEditors();
  app.use(async (c, next) => {
    if (c.req.path.startsWith('/mcp/')) return openCalls(c, next);
    return (c.req.path.startsWith(`${CATALOG_PATH}/`) ? openCatalog : openReads)(c, next);
  });
  app.use(async (c, next) =>
    takesFiles.some((shape) => shape.test(c.req.path)) ? next() : limitBody(c, next),
  );
  app.use(async (c, next) => {
    await next();
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
  });
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) =>
        c.json({ error: 'Method not allowed' }, 405, { Allow: methods.join(', ') }),
    }),
  );

  app.get('/health', (c) =>
    c.json({ status: 'ok', timestamp: context.now().toISOString() } satisfies HealthCheckResponse),
  );
  addServerListRoutes(app, context);
  addCatalogRoutes(app, context);
  addToolRoutes(app, context);
  addOwnedServerRoutes(app, context);
  addServerRoutes(app, context);
  addTransferRoutes(app, context);
  addReleaseRoutes(app, context);
  addDownloadRoutes(app, context);
  addLogRoutes(app, context);
  addMcpRoutes(app, context);
  addSecretRoutes(app, context);
  addDomainRoutes(app, context);
  addIconRoutes(app, context);
  addNamespaceRoutes(app, context);
  addSkillRoutes(app, context);
  addGitSkillRoutes(app, context);
  addSkillBundleRoutes(app, context);
  addTokenRoutes(app, context);
  addOrganizationKeyRoutes(app, context);
  addIdentityRoutes(app, context);
  addOAuthRoutes(app, context);
  addConsentRoutes(app, context);
  addHistoryRoutes(app, context);

  app.notFound((c) => {
    const message = unsupportedApi(c.req.path);
    return c.json(message === undefined ? { error: 'Not found' } : { error: 'Not supported', message }, 404);
  });
  app.onError((error, c) => {
    if (error instanceof RegistryError) {
      const { message, status, headers, field } = error;
      if (field !== undefined) c.header(FIELD_HEADER, headerFieldOf(field));
      return c.json({ error: message }, status, headers);
    }
    // Node's word for a sender who left in the middle of a body: nothing is wrong here, and nobody reads the answer.
    if (error.message === 'aborted' && (error as NodeJS.ErrnoException).code === 'ECONNRESET') {
      return c.json({ error: 'Body: was cut off' }, 400);
    }
    context.reportError(error);
    const problem = storageProblem(error);
    if (problem !== undefined) return c.json({ error: STORAGE_WORDS[problem] }, 503, { 'Retry-After': '5' });
    return c.json({ error: 'Internal server error' }, 500);
  });
  return app;
}

// As far as it is made of plain names: a caller's own names may be anything, and a header may not.
function headerFieldOf(field: string): string {
  const steps = field.split('.');
  const end = steps.findIndex((step) => !/^[\w$-]+$/.test(step));
  return steps.slice(0, end < 0 ? steps.length : end).join('.');
}
