import type { HealthCheckResponse } from '@smithery/api/resources/health';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { ApiError } from './api-error.ts';
import { addAttachmentRoutes } from './attachments/attachment-routes.ts';
import type { RegistryApp, RegistryContext, RegistryEnv } from './context.ts';
import { MAX_BODY_BYTES } from './json-body.ts';
import { addLogRoutes } from './logs/log-routes.ts';
import { addNamespaceRoutes } from './namespaces/namespace-routes.ts';
import { addReleaseRoutes } from './releases/release-routes.ts';
import { addServerRoutes } from './servers/server-routes.ts';

/** Every path of the registry. What is wrong inside is told to `reportError` and to nobody else. */
export function registryRoutes(context: RegistryContext, reportError: (error: unknown) => void): RegistryApp {
  const app: RegistryApp = new Hono<RegistryEnv>();

  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw new ApiError(413, `Body: must be at most ${MAX_BODY_BYTES} bytes`);
      },
    }),
  );
  app.use(async (c, next) => {
    await next();
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
  });

  app.get('/health', (c) =>
    c.json({ status: 'ok', timestamp: context.now().toISOString() } satisfies HealthCheckResponse),
  );
  addServerRoutes(app, context);
  addReleaseRoutes(app, context);
  addLogRoutes(app, context);
  addAttachmentRoutes(app, context);
  addNamespaceRoutes(app, context);
  refuseOtherMethods(app);

  app.notFound((c) => c.json({ error: 'Not found' }, 404));
  app.onError((error, c) => {
    if (error instanceof ApiError) return c.json({ error: error.message }, error.status, error.headers);
    reportError(error);
    return c.json({ error: 'Internal server error' }, 500);
  });
  return app;
}

function refuseOtherMethods(app: RegistryApp): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === 'ALL') continue;
    const known = methods.get(path) ?? new Set();
    methods.set(path, known.add(method));
    if (method === 'GET') known.add('HEAD');
  }
  for (const [path, known] of methods) {
    app.all(path, () => {
      throw new ApiError(405, 'Method not allowed', { Allow: [...known].join(', ') });
    });
  }
}
