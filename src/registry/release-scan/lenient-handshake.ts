import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

type Handler = NonNullable<Transport['onmessage']>;
type Message = Parameters<Handler>[0];

/**
 * Lets the client take an answer to `initialize` whose server says null, or nothing, where the client insists on more: of
 * what it is called, and of what it can do. Returns what the server said it is called, once it has.
 */
export function lenientHandshake(transport: Transport): { serverInfo: () => unknown } {
  let serverInfo: unknown;
  let handler: Transport['onmessage'];

  function mended(message: Message): Message {
    if (!('result' in message) || typeof message.result['protocolVersion'] !== 'string') return message;
    const { capabilities, serverInfo: told, instructions: _notNeeded, ...result } = message.result;
    serverInfo = told;
    const able = Object.entries(isObject(capabilities) ? capabilities : {})
      .filter(([, value]) => value !== null)
      // How it can do it is asked nowhere.
      .map(([name]) => [name, {}] as const);
    const named = { name: 'unknown', version: 'unknown' };
    return { ...message, result: { ...result, capabilities: Object.fromEntries(able), serverInfo: named } };
  }

  Object.defineProperty(transport, 'onmessage', {
    get: () => handler,
    set: (next: Transport['onmessage']) => {
      handler = next && ((message, extra) => next(mended(message), extra));
    },
  });
  return { serverInfo: () => serverInfo };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
