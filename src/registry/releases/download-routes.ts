import { RegistryError } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import { findAccessOfKey } from '#registry/access/key-access.ts';
import { grantIn } from '#registry/files/bundle-link.ts';
import { bundleResponse } from '#registry/files/bundle-response.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { qualifiedNameOf } from '#registry/http/request-path.ts';
import { findBundle } from './release-store.ts';

/** `/servers/{qualifiedName}/download`: for whoever has a key, as the details of a server are, or the link in those. */
export function addDownloadRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, blobs, traffic, now } = context;

  app.get(
    '/servers/:qualifiedName/download',
    async (c, next) => {
      // Whoever shows a key needs no link, also where that is over.
      const grant = c.req.header('Authorization') === undefined ? grantIn(c.req.url, context) : undefined;
      if (grant === undefined) return next();
      const access = await findAccessOfKey(db, grant.key, now());
      if (access === undefined) {
        throw new RegistryError(403, 'Link ended: the API key it was given to is not valid any more');
      }
      await traffic.countRequest(access.userId);
      const name = qualifiedNameOf(c);
      const bundle = name && (await findBundle(db, name, grant));
      if (bundle === undefined)
        throw new RegistryError(404, 'Bundle not found: it is gone, or its server is');
      return bundleResponse(c, blobs, { ...bundle, fileName: `${name?.server || name?.namespace}.mcpb` });
    },
    requireAccess(context, 'servers', 'read'),
    async (c) => {
      const name = qualifiedNameOf(c);
      const bundle = name && (await findBundle(db, name));
      if (bundle === undefined) throw bundleNotFound();
      return bundleResponse(c, blobs, { ...bundle, fileName: `${name?.server || name?.namespace}.mcpb` });
    },
  );
}

function bundleNotFound(): RegistryError {
  return new RegistryError(404, 'Bundle not found: no release of this server has one');
}
