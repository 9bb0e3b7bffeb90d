import type { ReleaseGetResponse } from '@smithery/api/resources/servers/releases';
import type { TestRegistry } from './test-registry.ts';

interface Sent {
  payload: unknown;
  bundle?: Uint8Array;
  /** Sends the bundle before the payload. */
  bundleFirst?: boolean;
}

/** Sends a release as the official client does; answers with the status and the body. */
export async function sendRelease(
  { fetch, ownerKey }: Pick<TestRegistry, 'fetch' | 'ownerKey'>,
  qualifiedName: string,
  { payload, bundle, bundleFirst = false }: Sent,
): Promise<{ status: number; body: Record<string, unknown> }> {
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
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Sends a release that must be accepted, and resolves with its id. */
export async function release(
  registry: Pick<TestRegistry, 'fetch' | 'ownerKey'>,
  qualifiedName: string,
  sent: Sent,
): Promise<string> {
  const { status, body } = await sendRelease(registry, qualifiedName, sent);
  if (status !== 202) throw new Error(`Not accepted: ${status} ${JSON.stringify(body)}`);
  return String(body['deploymentId']);
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
