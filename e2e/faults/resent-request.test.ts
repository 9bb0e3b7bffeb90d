import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFaultProxy, type Fault, type FaultProxy } from '../support/fault-proxy.ts';
import { startTestDesk, type TestDesk } from '../support/test-desk.ts';
import type { Visitor } from '../support/visitor.ts';

// Chromium sends a delete a second time by itself where a kept connection closes before the first byte of the answer.
describe('a browser that sends a delete again by itself', () => {
  let desk: TestDesk;
  let owner: Visitor;
  let between: FaultProxy;
  let agent: Agent;
  beforeEach(async () => {
    desk = await startTestDesk();
    owner = await desk.signedIn();
    between = await startFaultProxy(desk.running.url);
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
  });
  afterEach(async () => {
    agent.destroy();
    await between.close();
    await desk.stop();
  });

  async function send(method: string, path: string, id: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const sending = request(
        {
          agent,
          method,
          path,
          host: '127.0.0.1',
          port: between.port,
          headers: {
            Host: new URL(desk.running.url).host,
            'Touchmark-Client': 'web',
            'Sec-Fetch-Site': 'same-origin',
            'Idempotency-Key': id,
            Cookie: [...owner.cookies].map((pair) => pair.join('=')).join('; '),
          },
        },
        (response) => {
          text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
        },
      );
      sending.once('error', reject).end();
    });
  }

  it.each<Fault>(['close-after', 'reset-after', 'reset-at-once', 'close-before'])(
    'gets the success of the one delete (%s)',
    async (fault) => {
      const id = randomUUID();
      await send('GET', '/api/servers', id);
      between.fault = ({ method, position }) => (method === 'DELETE' && position > 0 ? fault : null);
      await expect(send('DELETE', '/api/servers/acme%2Fweather', id)).rejects.toThrow(/hang up|ECONNRESET/);
      expect(between.requests.at(-1)).toMatchObject({ method: 'DELETE', connection: 0, position: 1 });
      const again = await send('DELETE', '/api/servers/acme%2Fweather', id);
      expect(again.status).toBe(200);
      expect(JSON.parse(again.body)).toMatchObject({ success: true, namespace: 'acme', server: 'weather' });
      expect(desk.registry.deletes()).toBe(1);
    },
  );
});
