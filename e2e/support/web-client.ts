import { CLIENT_HEADER, gatewayPaths, IDEMPOTENCY_KEY_HEADER } from '#contract/api-paths.ts';
import type { Operation, OperationList } from '#contract/operations.ts';

/** A signed-in browser's calls without the browser. */
export interface WebClient {
  /** The session cookie, as name=value. */
  cookie: string;
  call(
    path: string,
    init?: { method?: string; headers?: Record<string, string>; body?: string },
  ): Promise<Response>;
  deleteServer(qualifiedName: string, operationId: string): Promise<Response>;
  operations(): Promise<Operation[]>;
}

/** Signs in at a desk with a registry key. Throws where the desk refuses it. */
export async function signInClient(url: string, apiKey: string): Promise<WebClient> {
  const response = await send(url, gatewayPaths.session(), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ apiKey }),
  });
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
  if (!response.ok || cookie === undefined)
    throw new Error(`sign-in failed: ${response.status} ${await response.text()}`);
  await response.body?.cancel();
  const call: WebClient['call'] = (path, init = {}) =>
    send(url, path, { ...init, headers: { ...init.headers, Cookie: cookie } });
  return {
    cookie,
    call,
    deleteServer: (qualifiedName, operationId) =>
      call(`/api/servers/${encodeURIComponent(qualifiedName)}`, {
        method: 'DELETE',
        headers: { [IDEMPOTENCY_KEY_HEADER]: operationId },
      }),
    operations: async () => {
      const answer = await call(`${gatewayPaths.operations()}?limit=100`);
      return ((await answer.json()) as OperationList).operations;
    },
  };
}

async function send(url: string, path: string, init: RequestInit): Promise<Response> {
  return fetch(url + path, {
    ...init,
    headers: {
      ...(init.headers as Record<string, string>),
      [CLIENT_HEADER.name]: CLIENT_HEADER.value,
      Origin: url,
      'Sec-Fetch-Site': 'same-origin',
    },
  });
}
