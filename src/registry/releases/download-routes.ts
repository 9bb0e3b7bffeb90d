import { RegistryError } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import { bundleResponse } from '#registry/files/bundle-response.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { qualifiedNameOf } from '#registry/http/request-path.ts';
import { findBundle } from './release-store.ts';

/** `/servers/{qualifiedName}/download`: for whoever has a key, as the details of a server are. */
export function addDownloadRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, blobs } = context;

  app.get('/servers/:qualifiedName/download', requireAccess(context, 'servers', 'read'), async (c) => {
    const name = qualifiedNameOf(c);
    const bundle = name && (await findBundle(db, name));
    if (bundle === undefined) throw bundleNotFound();
    const fileName = `${name?.server || name?.namespace}.mcpb`;
    return bundleResponse(c, blobs, { ...bundle, fileName });
  });
}

function bundleNotFound(): RegistryError {
  return new RegistryError(404, 'Bundle not found: no release of this server has one');
}
