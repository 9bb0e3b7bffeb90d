import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '#e2e/support/raw-request.ts';
import { sendJson } from '#e2e/support/scripted-registry.ts';
import { startTestDesk, type TestDesk } from '#e2e/support/test-desk.ts';
import { busyRequest } from './request-log.ts';

describe('the log', () => {
  let desk: TestDesk;
  beforeAll(async () => {
    desk = await startTestDesk();
  });
  afterAll(() => desk.stop());

  // What a terminal or a log viewer could take for a command, a new line or another direction of writing.
  const harmful = /[^\x20-\x7e\n]/;

  it('has one line of JSON for each request, with its path as it was sent', async () => {
    const owner = await desk.signedIn();
    desk.running.log.length = 0;
    await owner.call('/api/servers/acme%2Fweather?q=secret');
    expect(desk.running.log).toHaveLength(1);
    expect(JSON.parse(desk.running.log[0] ?? '')).toEqual({
      level: 30,
      time: expect.any(Number),
      reqId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      method: 'GET',
      path: '/api/servers/acme%2Fweather',
      status: 200,
      ms: expect.any(Number),
      user: expect.stringMatching(/^[0-9a-f]{12}$/),
      msg: 'request',
    });
  });

  it('cannot be written into: no request and no answer of a registry adds a line or a control character', async () => {
    const owner = await desk.signedIn();
    desk.running.log.length = 0;
    const words = 'x\r\n{"level":60}\u001b[2J\u001b]8;;http://evil\u0007\u202e\u0085\u2028';
    desk.registry.script = (_request, response) => sendJson(response, 400, { error: words });
    await owner.call('/api/servers/acme', { headers: { 'User-Agent': 'x\tlevel' } });
    await owner.deleteServer('acme/weather');
    await owner.call('/api/servers/%0d%0a%7b%22level%22%3a60%7d');
    await owner.call('/api/%1b%5b2J%E2%80%AE');
    for (const target of ['/x\u001b[2J', '/x\u0085y', '/x\u00e2\u0080\u00ae', '/x\ty', '/"}{"level":60}']) {
      await rawRequest(desk.running.port, [
        `GET ${target} HTTP/1.1`,
        `Host: 127.0.0.1:${desk.running.port}`,
        'User-Agent: \u0085\u009b2J',
        'Connection: close',
      ]);
    }
    expect(desk.running.log.length).toBeGreaterThan(4);
    for (const line of desk.running.log) {
      expect(line).not.toMatch(harmful);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(JSON.parse(line)).toMatchObject({ level: 30, msg: 'request' });
    }
  });
});

describe('the refusal of a request that came while too many waited', () => {
  it('can be read by pages elsewhere where it is the registry that they asked', () => {
    const openTo = (target: string) => busyRequest(target).headers.get('Access-Control-Allow-Origin');
    expect(openTo('/registry/servers?q=x')).toBe('*');
    expect(openTo('/api/servers')).toBeNull();
    expect(busyRequest('/').status).toBe(503);
  });
});
