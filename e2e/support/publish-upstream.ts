import { eventually } from './test-desk.ts';

interface Publication {
  /** Of a server that is made, and its namespace with it where it is not there. */
  name: string;
  upstreamUrl: string;
  headers: Record<string, string>;
  /** More fields of the release's payload. */
  more?: object;
}

/** Releases an upstream server over HTTP as an owner would, and gives where the registry lets it be reached. */
export async function publishUpstream(
  registryUrl: string,
  { name, upstreamUrl, headers, more = {} }: Publication,
): Promise<string> {
  const server = `${registryUrl}/servers/${encodeURIComponent(name)}`;
  await fetch(`${registryUrl}/namespaces/${name.split('/')[0]}`, { method: 'PUT', headers });
  await fetch(server, { method: 'PUT', headers });
  const form = new FormData();
  form.set('payload', JSON.stringify({ type: 'external', upstreamUrl, ...more }));
  const deployed = await fetch(`${server}/releases`, { method: 'PUT', headers, body: form });
  if (deployed.status !== 202) throw new Error(`Releasing failed: ${await deployed.text()}`);
  const { deploymentId, mcpUrl } = (await deployed.json()) as { deploymentId: string; mcpUrl: string };
  const statusOf = async (): Promise<string> => {
    const response = await fetch(`${server}/releases/${deploymentId}`, { headers });
    return ((await response.json()) as { status: string }).status;
  };
  const status = await eventually(statusOf, (text) => text === 'SUCCESS');
  if (status !== 'SUCCESS') throw new Error(`The release is ${status}`);
  return mcpUrl;
}
