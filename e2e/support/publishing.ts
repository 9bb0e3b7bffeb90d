import type { ReleaseGetResponse } from '@smithery/api/resources/servers/releases';
import { RELEASE_HEADER } from '#contract/api-paths.ts';
import type { TestRegistry } from './test-registry.ts';

interface Sent {
  payload: unknown;
  bundle?: Uint8Array;
  /** Sends the bundle before the payload. */
  bundleFirst?: boolean;
}

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** Sends a release as the official client does. */
export async function sendRelease(
  { fetch, ownerKey }: Pick<TestRegistry, 'fetch' | 'ownerKey'>,
  qualifiedName: string,
  { payload, bundle, bundleFirst = false }: Sent,
): Promise<Answer> {
  const form = new FormData();
  const addBundle = () => {
    if (bundle !== undefined) form.append('bundle', new Blob([new Uint8Array(bundle)]), 'server.mcpb');
  };
  if (bundleFirst) addBundle();
  form.append('payload', typeof payload === 'string' ? payload : JSON.stringify(payload));
  if (!bundleFirst) addBundle();
  const response = await fetch(
    new Request(`http://desk.test/servers/${encodeURIComponent(qualifiedName)}/releases`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${ownerKey}` },
      body: form,
    }),
  );
  const { status, headers } = response;
  return { status, headers, body: (await response.json()) as Record<string, unknown> };
}

/** Sends a release that must be taken, and resolves with its id, also where it failed at once. */
export async function release(
  registry: Pick<TestRegistry, 'fetch' | 'ownerKey'>,
  qualifiedName: string,
  sent: Sent,
): Promise<string> {
  const { status, headers, body } = await sendRelease(registry, qualifiedName, sent);
  const id = status === 202 ? body['deploymentId'] : headers.get(RELEASE_HEADER);
  if (typeof id !== 'string') throw new Error(`Not taken: ${status} ${JSON.stringify(body)}`);
  return id;
}

/** Resolves with a release as soon as it is neither queued nor under way, or stands as the test says. */
export async function settled(
  { call }: Pick<TestRegistry, 'call'>,
  qualifiedName: string,
  id: string,
  isSettled = (status: string) => !['QUEUED', 'WORKING'].includes(status),
): Promise<ReleaseGetResponse & { logs: ReleaseGetResponse.Log[] }> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { body } = await call('GET', `/servers/${encodeURIComponent(qualifiedName)}/releases/${id}`);
    const found = body as Awaited<ReturnType<typeof settled>>;
    if (isSettled(found.status)) return found;
    if (Date.now() > deadline) throw new Error(`Still ${found.status}: ${JSON.stringify(found.logs)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
