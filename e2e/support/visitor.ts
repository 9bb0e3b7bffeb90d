import { randomUUID } from 'node:crypto';
import { getGlobalDispatcher } from 'undici';
import {
  CLIENT_HEADER,
  gatewayPaths,
  IDEMPOTENCY_KEY_HEADER,
  REGISTRY_PREFIX,
  registryPaths,
  SERVER_ID_HEADER,
} from '#contract/api-paths.ts';
import { encodeQualifiedName } from '#contract/qualified-name.ts';

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** The parsed body; undefined where it is no JSON. */
  json: Record<string, unknown> | undefined;
}

interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'HEAD';
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

/** Calls the gateway as the dashboard in a browser does, cookies included. */
export interface Visitor {
  /** By cookie name. */
  cookies: Map<string, string>;
  call(path: string, options?: CallOptions): Promise<Answer>;
  signIn(credentials: { apiKey: string } | { code: string }): Promise<Answer>;
  deleteServer(name: string, options?: { id?: string; serverId?: string }): Promise<Answer>;
  updateServer(name: string, fields: unknown, options?: { id?: string; serverId?: string }): Promise<Answer>;
  resumeRelease(name: string, release: string, options?: { id?: string; serverId?: string }): Promise<Answer>;
}

export function createVisitor(origin: string): Visitor {
  const cookies = new Map<string, string>();

  async function call(
    path: string,
    { method = 'GET', headers = {}, body }: CallOptions = {},
  ): Promise<Answer> {
    // Not through a URL, which would tidy the path up before it is sent.
    const answer = await getGlobalDispatcher().request({
      origin,
      path,
      method,
      headers: {
        [CLIENT_HEADER.name]: CLIENT_HEADER.value,
        'Sec-Fetch-Site': 'same-origin',
        Origin: origin,
        Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) keepCookie(cookies, line);
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, text, json: parse(text) };
  }

  const naming = (id: string, serverId: string | undefined) => ({
    [IDEMPOTENCY_KEY_HEADER]: id,
    ...(serverId === undefined ? {} : { [SERVER_ID_HEADER]: serverId }),
  });

  return {
    cookies,
    call,
    signIn: (credentials) =>
      call(gatewayPaths.session(), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(credentials),
      }),
    deleteServer: (name, { id = randomUUID(), serverId } = {}) =>
      call(`/api/servers/${encodeQualifiedName(name)}`, {
        method: 'DELETE',
        headers: naming(id, serverId),
      }),
    updateServer: (name, fields, { id = randomUUID(), serverId } = {}) =>
      call(`/api/servers/${encodeQualifiedName(name)}`, {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/json', ...naming(id, serverId) },
        body: JSON.stringify(fields),
      }),
    resumeRelease: (name, release, { id = randomUUID(), serverId } = {}) =>
      call(REGISTRY_PREFIX + registryPaths.resumeRelease(name, release), {
        method: 'POST',
        headers: naming(id, serverId),
      }),
  };
}

function keepCookie(cookies: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  if (/max-age=0/i.test(line)) cookies.delete(name);
  else cookies.set(name, value);
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
