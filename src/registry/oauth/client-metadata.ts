import { z } from 'zod';
import { isPrintable } from '#registry/http/printable.ts';
import { redirectUriProblem } from './redirect-uri.ts';

const MAX_REDIRECT_URIS = 20;
const MAX_NAME_LENGTH = 200;
// With these a name can be read as another than it is. Names of scripts that run from right to left need none.
const REORDERS = /[\u202a-\u202e\u2066-\u2069]/;

/** What a client tells of itself that matters here. Source: RFC 7591, 2. */
const shape = z.object({
  client_name: z.string().optional(),
  redirect_uris: z.array(z.string()).min(1).max(MAX_REDIRECT_URIS),
  grant_types: z.array(z.string()).optional(),
  response_types: z.array(z.string()).optional(),
});

/** What is wrong with a client's metadata: a code of RFC 7591, and words. */
interface Wrong {
  code: 'invalid_redirect_uri' | 'invalid_client_metadata';
  text: string;
}

/** What is kept of a client's metadata, or what is wrong with it. */
export function readClientMetadata(
  metadata: unknown,
): { name: string | null; redirectUris: string[] } | Wrong {
  const parsed = shape.safeParse(metadata);
  if (!parsed.success) {
    return wrong(
      `It needs 1 to ${MAX_REDIRECT_URIS} redirect_uris, and lists of text as grant_types and response_types.`,
    );
  }
  const { client_name: name, redirect_uris, grant_types, response_types } = parsed.data;
  for (const uri of redirect_uris) {
    const problem = redirectUriProblem(uri);
    if (problem !== undefined) {
      return { code: 'invalid_redirect_uri', text: `A redirect URI ${problem}.` };
    }
  }
  if (grant_types?.includes('authorization_code') === false) {
    return wrong('Only clients with the grant type authorization_code have a use for this server.');
  }
  if (response_types?.includes('code') === false) return wrong('The only response type here is code.');
  if (name !== undefined && (name.length > MAX_NAME_LENGTH || !isPrintable(name) || REORDERS.test(name))) {
    return wrong(
      `client_name must be one line of at most ${MAX_NAME_LENGTH} characters, without any that set the direction of writing.`,
    );
  }
  return { name: name?.trim() || null, redirectUris: redirect_uris };
}

function wrong(text: string): Wrong {
  return { code: 'invalid_client_metadata', text };
}
