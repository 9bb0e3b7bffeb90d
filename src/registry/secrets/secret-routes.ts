import type {
  SecretDeleteResponse,
  SecretListResponse,
  SecretSetParams,
  SecretSetResponse,
} from '@smithery/api/resources/servers/secrets';
import { RegistryError } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { readJsonObject } from '#registry/http/json-body.ts';
import { requireOwnedServer } from '#registry/servers/owned-server.ts';
import { deleteSecret, listSecrets, setSecret } from './secret-store.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const MAX_VALUE_BYTES = 32 * 1024;
const LONE_SURROGATE = /\p{Cs}/u;

/** A server's secrets, for its owner alone; values come in and never go out. */
export function addSecretRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, vault } = context;
  const mayWrite = requireAccess(context, 'servers', 'write');

  app.get('/servers/:qualifiedName/secrets', requireAccess(context, 'servers', 'read'), async (c) => {
    const { rid } = await requireOwnedServer(c, context);
    return c.json((await listSecrets(db, rid)) satisfies SecretListResponse);
  });

  app.put('/servers/:qualifiedName/secrets', mayWrite, async (c) => {
    const { rid } = await requireOwnedServer(c, context);
    const secret = parseSecret(await readJsonObject(c));
    await setSecret(db, vault, { serverRid: rid, ...secret });
    return c.json({ success: true } satisfies SecretSetResponse);
  });

  app.delete('/servers/:qualifiedName/secrets/:secretName', mayWrite, async (c) => {
    const { rid } = await requireOwnedServer(c, context);
    const name = c.req.param('secretName');
    if (!(await deleteSecret(db, { serverRid: rid, name }))) {
      throw new RegistryError(404, 'Secret not found: the list of secrets shows the names there are');
    }
    return c.json({ success: true } satisfies SecretDeleteResponse);
  });
}

// What is wrong is told without what was sent: either of the two may be the secret.
function parseSecret({ name, value }: Record<string, unknown>): SecretSetParams {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new RegistryError(
      400,
      'name: must be 1 to 128 letters, digits and "_", as of an environment variable, and not begin with a digit',
    );
  }
  if (typeof value !== 'string' || value === '')
    throw new RegistryError(400, 'value: must be text that is not empty');
  if (LONE_SURROGATE.test(value)) throw new RegistryError(400, 'value: is not valid Unicode');
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
    throw new RegistryError(400, `value: must be at most ${MAX_VALUE_BYTES} bytes`);
  }
  return { name, value };
}
