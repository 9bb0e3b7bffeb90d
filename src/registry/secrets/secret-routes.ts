import type {
  SecretDeleteResponse,
  SecretListResponse,
  SecretSetResponse,
} from '@smithery/api/resources/servers/secrets';
import { z } from 'zod';
import { RegistryError } from '#registry/http/registry-error.ts';
import { nameOf } from '#registry/http/body-fields.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { readBody } from '#registry/http/shapes.ts';
import { requireOwnedServer } from '#registry/servers/owned-server.ts';
import { SECRET_NAME } from './secret-name.ts';
import { deleteSecret, listSecrets, setSecret } from './secret-store.ts';

const NAME = new RegExp(`^${SECRET_NAME}$`);
const MAX_VALUE_BYTES = 32 * 1024;
const LONE_SURROGATE = /\p{Cs}/u;
const NAME_TEXT =
  'must be 1 to 128 letters, digits and "_", as of an environment variable, and not begin with a digit';

// What is wrong is told without what was sent: either of the two may be the secret.
const secretShape = z.object({
  name: z.string(NAME_TEXT).regex(NAME, NAME_TEXT),
  value: nameOf('must be text that is not empty')
    .refine((value) => !LONE_SURROGATE.test(value), 'is not valid Unicode')
    .refine(
      (value) => Buffer.byteLength(value) <= MAX_VALUE_BYTES,
      `must be at most ${MAX_VALUE_BYTES} bytes`,
    ),
});

/** A server's secrets, for its owner alone; values come in and never go out. */
export function addSecretRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, vault, now } = context;
  const mayWrite = requireAccess(context, 'servers', 'write');

  app.get('/servers/:qualifiedName/secrets', requireAccess(context, 'servers', 'read'), async (c) => {
    const { rid } = await requireOwnedServer(c, context);
    return c.json((await listSecrets(db, rid)) satisfies SecretListResponse);
  });

  app.put('/servers/:qualifiedName/secrets', mayWrite, async (c) => {
    const server = await requireOwnedServer(c, context);
    const secret = await readBody(c, secretShape);
    const { access: scope, by } = c.var;
    await setSecret(db, vault, { server, scope, by, now: now(), ...secret });
    return c.json({ success: true } satisfies SecretSetResponse);
  });

  app.delete('/servers/:qualifiedName/secrets/:secretName', mayWrite, async (c) => {
    const server = await requireOwnedServer(c, context);
    const name = c.req.param('secretName');
    const { access: scope, by } = c.var;
    if (!(await deleteSecret(db, { server, scope, by, name, now: now() }))) {
      throw new RegistryError(404, 'Secret not found: the list of secrets shows the names there are');
    }
    return c.json({ success: true } satisfies SecretDeleteResponse);
  });
}
