import { randomBytes } from 'node:crypto';
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';

/** A program that asks for access as the official SDK does, with all that it has to remember. */
export interface TestClient extends OAuthClientProvider {
  /** Where its browser was sent; undefined before. */
  sentTo: URL | undefined;
  kept: { client?: OAuthClientInformationMixed; tokens?: OAuthTokens; verifier?: string };
}

/** A client of the official SDK. `clientMetadataUrl` is its id where it has a document about itself. */
export function createTestClient(
  metadata: Partial<OAuthClientMetadata> = {},
  clientMetadataUrl?: string,
): TestClient {
  const redirectUrl = metadata.redirect_uris?.[0] ?? 'http://127.0.0.1:47999/callback';
  const state = randomBytes(8).toString('hex');
  const client: TestClient = {
    sentTo: undefined,
    kept: {},
    redirectUrl,
    ...(clientMetadataUrl === undefined ? {} : { clientMetadataUrl }),
    clientMetadata: {
      client_name: 'Test client',
      redirect_uris: [redirectUrl],
      token_endpoint_auth_method: 'none',
      ...metadata,
    },
    state: () => state,
    clientInformation: () => client.kept.client,
    saveClientInformation: (information) => {
      client.kept.client = information;
    },
    tokens: () => client.kept.tokens,
    saveTokens: (tokens) => {
      client.kept.tokens = tokens;
    },
    saveCodeVerifier: (verifier) => {
      client.kept.verifier = verifier;
    },
    codeVerifier: () => client.kept.verifier ?? '',
    redirectToAuthorization: (url) => {
      client.sentTo = url;
    },
    invalidateCredentials: (scope) => {
      if (scope === 'all' || scope === 'client') delete client.kept.client;
      if (scope === 'all' || scope === 'tokens') delete client.kept.tokens;
    },
  };
  return client;
}
