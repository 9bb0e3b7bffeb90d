import { z } from 'zod';
import type { ClientRedirect, ClientRequest, ConnectedClientList } from '#contract/connected-clients.ts';

const identity = z.object({
  name: z.string().nullable(),
  verifiedHost: z.string().nullable(),
  redirectTo: z.string().nullable(),
});

/** What a client asks for, as our own registry tells it. */
export const clientRequest: z.ZodType<ClientRequest> = z.object({
  client: identity,
  account: z.string(),
  servers: z.array(z.string()),
  isChoice: z.boolean(),
  expiresAt: z.string(),
});

/** Where an answered request leads. */
export const clientRedirect: z.ZodType<ClientRedirect> = z.object({ redirectTo: z.string() });

/** The clients that have access. */
export const clientList: z.ZodType<ConnectedClientList> = z.object({
  clients: z.array(
    z.object({
      id: z.string(),
      client: identity,
      servers: z.array(z.string()),
      allowedAt: z.string(),
      usedAt: z.string().nullable(),
    }),
  ),
});
