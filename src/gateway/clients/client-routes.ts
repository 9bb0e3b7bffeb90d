import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { MAX_CHOICES, clientPaths, grantPaths } from '#contract/connected-clients.ts';
import { deskSource } from '#gateway/http/desk-source.ts';
import type { GatewayEnv } from '#gateway/http/gateway-env.ts';
import { readJson, readParam } from '#gateway/http/request-shapes.ts';
import type { RegistryCalls, RegistryOutcome } from '#gateway/registry/registry-calls.ts';
import { badAnswer, registryProblem } from '#gateway/registry/registry-problem.ts';
import type { Sessions } from '#gateway/sessions/sessions.ts';
import { clientList, clientRedirect, clientRequest } from './client-answers.ts';

interface Options {
  sessions: Sessions;
  calls: RegistryCalls;
  now: () => Date;
}

const id = z.string().regex(/^[\w-]{1,64}$/, 'is no id');
const answer = z.union([
  z.strictObject({ allow: z.literal(true), servers: z.array(z.string()).max(MAX_CHOICES) }),
  z.strictObject({ allow: z.literal(false) }),
]);

/**
 * Clients that ask for access to our own registry's servers, and those that have it. No kinds of change: an answer is good
 * once by the request itself, ending access twice is ending it once, and neither is of a namespace, whose ledger others see.
 */
export function addClientRoutes(app: Hono<GatewayEnv>, { sessions, calls, now }: Options): void {
  const { signedIn } = sessions;

  app.get(clientPaths.clients(), signedIn, async (c) =>
    c.json(await read(c, grantPaths.grants(), clientList)),
  );

  app.delete(`${clientPaths.clients()}/:id`, signedIn, async (c) => {
    const path = grantPaths.grant(readParam(c, 'id', id));
    const { apiKey } = c.get('session');
    await answered(c, await calls.send({ method: 'DELETE', path, apiKey, source: deskSource(c) }));
    return c.body(null, 204);
  });

  app.get(`${clientPaths.requests()}/:id`, signedIn, async (c) =>
    c.json(await read(c, grantPaths.request(readParam(c, 'id', id)), clientRequest)),
  );

  app.post(`${clientPaths.requests()}/:id`, signedIn, async (c) => {
    const outcome = await calls.send({
      method: 'POST',
      path: grantPaths.request(readParam(c, 'id', id)),
      apiKey: c.get('session').apiKey,
      source: deskSource(c),
      body: { contentType: 'application/json', text: JSON.stringify(await readJson(c, answer)) },
    });
    return c.json(bodyOf(await answered(c, outcome), clientRedirect));
  });

  async function read<Value>(c: Context<GatewayEnv>, path: string, shape: z.ZodType<Value>): Promise<Value> {
    const outcome = await calls.read({ method: 'GET', path, apiKey: c.get('session').apiKey });
    return bodyOf(await answered(c, outcome), shape);
  }

  async function answered(c: Context<GatewayEnv>, outcome: RegistryOutcome): Promise<Uint8Array> {
    await sessions.endIfRefused(c.get('session'), outcome);
    if (outcome.kind !== 'answered' || outcome.status !== 200) throw registryProblem(outcome, now());
    return outcome.body;
  }
}

function bodyOf<Value>(body: Uint8Array, shape: z.ZodType<Value>): Value {
  const parsed = shape.safeParse(JSON.parse(Buffer.from(body).toString()));
  if (!parsed.success) throw badAnswer();
  return parsed.data;
}
