import { registryContext, type Registry, type RegistryOptions } from './registry-context.ts';
import { registryRoutes } from './routes.ts';

/** The embedded registry: speaks the Smithery Platform API over the given database. */
export function createRegistry(options: RegistryOptions): Registry {
  const { context, endStreams, close } = registryContext(options);
  const app = registryRoutes(context);
  return { fetch: async (request) => app.fetch(request), endStreams, close };
}
