// The official client of the second SDK, which is not allowed in yet: it prints where its owner's browser is to go, waits
// for the answer at its address, and calls a tool. Arguments: the server's URL, the port on which to wait.
import { createServer } from 'node:http';
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';

const [url, port] = process.argv.slice(2);
const redirectUrl = `http://127.0.0.1:${port}/callback`;
const kept = {};
const authProvider = {
  redirectUrl,
  clientMetadata: {
    client_name: 'Modern client',
    redirect_uris: [redirectUrl],
    token_endpoint_auth_method: 'none',
  },
  state: () => 'a-state',
  clientInformation: () => kept.client,
  saveClientInformation: (client) => {
    kept.client = client;
  },
  tokens: () => kept.tokens,
  saveTokens: (tokens) => {
    kept.tokens = tokens;
  },
  saveCodeVerifier: (verifier) => {
    kept.verifier = verifier;
  },
  codeVerifier: () => kept.verifier,
  redirectToAuthorization: (target) => {
    process.stdout.write(`OPEN ${target}\n`);
  },
};

const answer = new Promise((resolve) => {
  const server = createServer((request, response) => {
    response.end('Back at the client');
    server.close();
    resolve(new URL(request.url, redirectUrl).searchParams);
  }).listen(Number(port), '127.0.0.1');
});

const connect = async (transport) => {
  const client = new Client({ name: 'modern', version: '1.0.0' });
  await client.connect(transport);
  return client;
};
const transportTo = () => new StreamableHTTPClientTransport(new URL(url), { authProvider });
const first = transportTo();
try {
  await connect(first);
} catch (error) {
  if (!(error instanceof UnauthorizedError)) throw error;
}
const parameters = await answer;
if (parameters.has('error')) {
  process.stdout.write(`DENIED ${parameters.get('error')}\n`);
} else {
  await first.finishAuth(parameters);
  const client = await connect(transportTo());
  const { content } = await client.callTool({ name: 'echo', arguments: { text: 'Hello, desk' } });
  process.stdout.write(`ANSWER ${JSON.stringify(content)}\n`);
  await client.close();
}
process.exit(0);
