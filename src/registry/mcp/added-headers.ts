import type { RegistryContext } from '#registry/context.ts';
import {
  findUpstreamHeaders,
  SecretProblem,
  type UpstreamHeaders,
} from '#registry/secrets/upstream-headers.ts';
import type { McpServer } from './mcp-server-store.ts';
import type { UpstreamFailure } from './upstream-call.ts';

const NONE: UpstreamHeaders = { headers: {}, secrets: [] };

/** The headers that the owner of a server lets each call of it carry, or why it cannot be called. */
export async function addedHeaders(
  { db, vault }: Pick<RegistryContext, 'db' | 'vault'>,
  { serverRid, serverId, live }: McpServer,
): Promise<UpstreamHeaders | UpstreamFailure> {
  const { upstreamUrl = null, headerTemplates = null } = live ?? {};
  if (upstreamUrl === null || headerTemplates === null) return NONE;
  try {
    return await findUpstreamHeaders(db, vault, {
      serverRid,
      serverId,
      upstreamUrl,
      templates: headerTemplates,
    });
  } catch (error) {
    if (!(error instanceof SecretProblem)) throw error;
    return {
      status: 502,
      name: 'SecretUnusable',
      message: `${error.message} ${error.advice}`,
      text: 'The server cannot be called: a secret that it is called with has to be set by its owner, whose log says which.',
      headers: new Headers(),
    };
  }
}

/** A failure of a call that carried these headers: where the server refused them, it is their owner's to mend. */
export function toldOfSecrets(failure: UpstreamFailure, { secrets }: UpstreamHeaders): UpstreamFailure {
  const isRefused = failure.upstreamStatus === 401 || failure.upstreamStatus === 407;
  if (!isRefused || secrets.length === 0) return failure;
  return {
    ...failure,
    message: `The upstream does not accept the secrets in upstreamHeaders (${failure.upstreamStatus}): set them again`,
    text: 'The server does not accept the credentials that its owner set: only they can set others.',
  };
}
