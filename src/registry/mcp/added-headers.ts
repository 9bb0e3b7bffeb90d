import type { RegistryContext } from '#registry/context.ts';
import { hideInStream, hideInText } from '#registry/secrets/hidden-values.ts';
import {
  findUpstreamHeaders,
  SecretProblem,
  type UpstreamHeaders,
} from '#registry/secrets/upstream-headers.ts';
import type { McpServer } from './mcp-server-store.ts';
import type { UpstreamAnswer, UpstreamFailure } from './upstream-call.ts';

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

/** A server's answer without the values of the secrets that it was called with: what it repeats is not for its caller. */
export function withoutSecrets<Answer extends UpstreamAnswer | UpstreamFailure>(
  answer: Answer,
  secrets: readonly string[],
): Answer {
  if (secrets.length === 0 || !('body' in answer)) return answer;
  const headers = new Headers();
  for (const [name, value] of answer.headers) headers.append(name, hideInText(value, secrets));
  const { body } = answer;
  const shown =
    body instanceof ReadableStream ? hideInStream(body, secrets) : body && hideInText(body, secrets);
  return { ...answer, headers, body: shown };
}
