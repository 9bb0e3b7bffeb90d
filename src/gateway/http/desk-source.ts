import type { Context } from 'hono';
import type { CallSource } from '#contract/call-source.ts';
import { productOf } from '#platform/user-agent.ts';
import type { GatewayEnv } from './gateway-env.ts';

/** From where a request to the pages' API comes, for our own registry. */
export function deskSource(c: Context<GatewayEnv>): CallSource {
  return { origin: 'desk', ...senderOf(c) };
}

/** The same of a request that is handed to our own registry as it came. */
export function senderOf(c: Context<GatewayEnv>): CallSource {
  return {
    requestId: c.get('requestId'),
    address: c.get('address'),
    product: productOf(c.req.header('User-Agent')),
  };
}
