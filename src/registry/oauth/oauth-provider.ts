import type { OAuthRegisteredClientsStore } from '@modelcontextprotocol/sdk/server/auth/clients.js';
import {
  CustomOAuthError,
  InvalidGrantError,
  InvalidScopeError,
  InvalidTargetError,
  InvalidTokenError,
  OAuthError,
  ServerError,
} from '@modelcontextprotocol/sdk/server/auth/errors.js';
import type { OAuthServerProvider } from '@modelcontextprotocol/sdk/server/auth/provider.js';
import type { OAuthClientInformationFull, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import type { CallSource } from '#contract/call-source.ts';
import type { RegistryContext } from '#registry/context.ts';
import { findDocumentClient, isDocumentId } from './client-document.ts';
import { readClientMetadata } from './client-metadata.ts';
import { findClient, keepClient, type OAuthClient } from './client-store.ts';
import { addRequest } from './consent-store.ts';
import { findGrant } from '#registry/grants/grant-access.ts';
import {
  ACCESS_SECONDS,
  exchangeToken,
  findGoodToken,
  revokeToken,
  type IssuedTokens,
} from '#registry/grants/grant-tokens.ts';
import { CONSENT_PAGE, MCP_SCOPE, issuerOf, serverOfResource } from './oauth-addresses.ts';

const NOT_GOOD = 'It is unknown, too old, or was used before. Ask the owner for access anew.';

/**
 * What the protocol's handlers of the MCP SDK stand on, over the rows of this database. `source` tells from where the request
 * comes that is answered now.
 */
export function createOAuthProvider(
  context: RegistryContext,
  source: () => CallSource,
): {
  /** For requests of browsers: reads documents about clients. */
  asking: OAuthServerProvider;
  /** For requests of clients themselves: what is known of them is enough. */
  exchanging: OAuthServerProvider;
} {
  const { db, now } = context;

  const knownClients: OAuthRegisteredClientsStore = {
    getClient: reporting(context, async (id: string) => toInformation(await findClient(db, id))),
    registerClient: reporting(context, async (given: Omit<OAuthClientInformationFull, 'client_id'>) => {
      const metadata = readClientMetadata(given);
      if ('code' in metadata) throw new CustomOAuthError(metadata.code, metadata.text);
      const client = { id: context.newId(), kind: 'registered' as const, ...metadata, createdAt: now() };
      await keepClient(db, client);
      return informationOf(client);
    }),
  };

  const exchanging: OAuthServerProvider = {
    clientsStore: knownClients,
    authorize: reporting(context, async ({ client_id }, params, res) => {
      const { redirectUri, codeChallenge, state, scopes = [], resource } = params;
      if (!scopes.every((scope) => scope === MCP_SCOPE)) {
        throw new InvalidScopeError(`The only scope here is ${MCP_SCOPE}.`);
      }
      const server_name = resource === undefined ? null : serverIn(resource);
      const request = {
        client_id,
        redirect_uri: redirectUri,
        code_challenge: codeChallenge,
        state: state ?? null,
        server_name,
      };
      const id = await addRequest(db, request, now());
      res.redirect(303, `${issuerOf(context)}${CONSENT_PAGE}?request=${id}`);
    }),
    challengeForAuthorizationCode: reporting(context, async ({ client_id }, code) => {
      const good = await findGoodToken(db, { token: code, kind: 'code', clientId: client_id, now: now() });
      const challenge = good?.codeChallenge ?? null;
      if (challenge === null) throw new InvalidGrantError(NOT_GOOD);
      return challenge;
    }),
    exchangeAuthorizationCode: reporting(context, async (client, code, _verifier, redirectUri, resource) => {
      const shown = { token: code, kind: 'code' as const, clientId: client.client_id, now: now() };
      const good = await findGoodToken(db, shown);
      if (redirectUri !== undefined && good !== undefined && good.redirectUri !== redirectUri) {
        throw new InvalidGrantError('redirect_uri is not the one that access was asked for with.');
      }
      if (resource !== undefined) await requireServer(good?.grantId, resource);
      return toTokens(await exchangeToken(db, shown));
    }),
    exchangeRefreshToken: reporting(context, async (client, token, _scopes, resource) => {
      const shown = { token, kind: 'refresh' as const, clientId: client.client_id, now: now() };
      if (resource !== undefined) {
        await requireServer((await findGoodToken(db, shown))?.grantId, resource);
      }
      return toTokens(await exchangeToken(db, shown));
    }),
    verifyAccessToken: reporting(context, async (token) => {
      const grant = await findGrant(db, token, now());
      if (grant === undefined) throw new InvalidTokenError(NOT_GOOD);
      return { token, clientId: grant.id, scopes: [MCP_SCOPE] };
    }),
    revokeToken: reporting(context, async ({ client_id }, { token }) =>
      revokeToken(db, { token, clientId: client_id, source: source(), now: now() }),
    ),
  };
  const askingClients: OAuthRegisteredClientsStore = {
    getClient: reporting(context, async (id: string) =>
      toInformation(isDocumentId(id) ? await findDocumentClient(context, id) : await findClient(db, id)),
    ),
  };
  return { asking: { ...exchanging, clientsStore: askingClients }, exchanging };

  function serverIn(resource: URL): string | null {
    const name = serverOfResource(resource, context);
    if (name === undefined) throw new InvalidTargetError('resource is no MCP address of this registry.');
    return name;
  }

  // A token is of use for the servers of its grant alone; asked for another, none is given.
  async function requireServer(grantId: string | undefined, resource: URL): Promise<void> {
    const name = serverIn(resource);
    if (grantId === undefined || name === null) return;
    const allowed = await db
      .selectFrom('oauth_grant_servers')
      .select('server_rid')
      .where('grant_id', '=', grantId)
      .where('qualified_name', '=', name)
      .executeTakeFirst();
    if (allowed === undefined) throw new InvalidTargetError('resource is a server that was not allowed.');
  }
}

// The handlers answer whatever is thrown, and tell nobody.
function reporting<Args extends unknown[], Result>(
  { reportError }: Pick<RegistryContext, 'reportError'>,
  work: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    try {
      return await work(...args);
    } catch (error) {
      if (error instanceof OAuthError) throw error;
      reportError(error);
      throw new ServerError('Touchmark could not do this now. Try again in a moment.');
    }
  };
}

function toInformation(client: OAuthClient | undefined): OAuthClientInformationFull | undefined {
  return client && informationOf(client);
}

// All clients here are public: a secret that every copy of a program holds is none.
function informationOf({ id, name, redirectUris, createdAt }: OAuthClient): OAuthClientInformationFull {
  return {
    client_id: id,
    client_id_issued_at: Math.floor(createdAt.getTime() / 1000),
    ...(name === null ? {} : { client_name: name }),
    redirect_uris: redirectUris,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    scope: MCP_SCOPE,
  };
}

function toTokens(issued: IssuedTokens | undefined): OAuthTokens {
  if (issued === undefined) throw new InvalidGrantError(NOT_GOOD);
  return {
    access_token: issued.access,
    token_type: 'bearer',
    expires_in: ACCESS_SECONDS,
    scope: MCP_SCOPE,
    refresh_token: issued.refresh,
  };
}
