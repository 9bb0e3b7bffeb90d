import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../support/fault-proxy.ts';
import { hastyLimits } from '../support/running-gateway.ts';
import { sendJson } from '../support/scripted-registry.ts';
import { startTestDesk, type TestDesk } from '../support/test-desk.ts';
import type { Visitor } from '../support/visitor.ts';

describe('a read', () => {
  let desk: TestDesk;
  let owner: Visitor;
  beforeEach(async () => {
    desk = await startTestDesk();
    owner = await desk.signedIn();
    desk.proxy.requests.length = 0;
  });
  afterEach(() => desk.stop());

  const read = () => owner.call('/api/servers/acme');
  const failFirst = (times: number, fault: Fault) => {
    desk.proxy.fault = () => (desk.proxy.requests.length < times ? fault : null);
  };

  it.each<Fault>(['reset-before', 'close-before', 'reset-after', 'close-after'])(
    'gets over two broken connections, and tells after a third (%s)',
    async (fault) => {
      failFirst(2, fault);
      expect((await read()).status).toBe(200);
      expect(desk.proxy.requests).toHaveLength(3);
      failFirst(9, fault);
      const answer = await read();
      expect(answer.status).toBe(502);
      expect(answer.json).toMatchObject({ code: 'registry-unreachable' });
      expect(desk.proxy.requests).toHaveLength(6);
    },
  );

  it('gets over a kept connection that closes under it', async () => {
    await read();
    desk.proxy.fault = ({ position }) => (position > 0 ? 'close-before' : null);
    expect((await read()).status).toBe(200);
  });

  it.each<Fault>(['truncate', 'garbage'])(
    'that brings no whole answer ends in our words (%s)',
    async (fault) => {
      desk.proxy.fault = () => fault;
      const answer = await read();
      expect(answer.status).toBe(502);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.json).toMatchObject({ code: 'registry-bad-answer' });
    },
  );

  it.each<Fault>(['hang-before', 'hang-after', 'drip'])('ends within its time limit (%s)', async (fault) => {
    await desk.restart({ limits: hastyLimits });
    owner = await desk.signedIn();
    desk.proxy.fault = () => fault;
    const answer = await read();
    expect(answer.status).toBe(504);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json).toMatchObject({ code: 'registry-timeout' });
  });

  it.each([429, 500, 502, 503, 504])('is tried at most three times on %i', async (status) => {
    desk.registry.script = (_request, response) => sendJson(response, status, { error: 'Not now' });
    const answer = await read();
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ code: 'registry-refused', error: 'Not now' });
    expect(desk.registry.requests.filter(({ target }) => target === '/servers/acme')).toHaveLength(3);
  });

  it.each([400, 401, 403, 404, 409, 422])('is never tried again on %i', async (status) => {
    desk.registry.script = (_request, response) => sendJson(response, status, { error: 'No' });
    expect((await read()).status).toBe(status);
    expect(desk.registry.requests.filter(({ target }) => target === '/servers/acme')).toHaveLength(1);
  });

  it('is not tried again before the time that the registry asks for, in either form', async () => {
    for (const header of ['60', new Date(desk.clock.now().getTime() + 60_000).toUTCString()]) {
      desk.registry.requests.length = 0;
      desk.registry.script = (_request, response) =>
        sendJson(response, 429, { error: 'Slow down' }, { 'Retry-After': header });
      const answer = await read();
      expect(answer.status).toBe(429);
      expect(answer.headers['retry-after']).toBe('60');
      expect(desk.registry.requests).toHaveLength(1);
    }
  });

  it.each([
    ['an HTML page', 'text/html', '<h1>Welcome</h1>'],
    ['JSON called HTML', 'text/html', '{}'],
    ['HTML called JSON', 'application/json', '<h1>Welcome</h1>'],
    ['cut JSON', 'application/json', '{"servers": ['],
    ['nothing', 'application/json', ''],
    ['text without a type', '', '{}'],
  ])('never passes on %s', async (_what, type, body) => {
    desk.registry.script = (_request, response) => {
      response.writeHead(200, type === '' ? {} : { 'Content-Type': type }).end(body);
      return true;
    };
    const answer = await read();
    expect(answer.status).toBe(502);
    expect(answer.json).toMatchObject({ code: 'registry-bad-answer' });
    expect(answer.text).not.toContain('Welcome');
  });

  it('never passes an error page on', async () => {
    desk.registry.script = (_request, response) => {
      response.writeHead(403, { 'Content-Type': 'text/html' }).end('<h1>Welcome</h1>');
      return true;
    };
    const answer = await read();
    expect(answer.status).toBe(403);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.text).not.toContain('Welcome');
  });

  it('does not follow a redirect with the key', async () => {
    desk.registry.script = ({ target }, response) => {
      if (target === '/namespaces') return undefined;
      response.writeHead(307, { Location: `${desk.registry.url}/namespaces` }).end();
      return true;
    };
    desk.registry.requests.length = 0;
    expect((await read()).status).toBe(502);
    expect(desk.registry.requests.map(({ target }) => target)).toEqual(['/servers/acme']);
  });

  it('does not take in more than it can hold', async () => {
    desk.registry.script = (_request, response) =>
      sendJson(response, 200, { x: 'x'.repeat(10 * 1024 * 1024) });
    expect((await read()).status).toBe(502);
  });

  it('tells that the registry is down, and is ready again when it is back', async () => {
    const ready = () => owner.call('/readyz');
    expect((await ready()).json).toEqual({ status: 'ready', database: 'ready', registry: 'ready' });
    desk.proxy.fault = () => 'reset-before';
    const down = await ready();
    expect(down.status).toBe(503);
    expect(down.json).toEqual({ status: 'unreachable', database: 'ready', registry: 'unreachable' });
    expect((await owner.call('/healthz')).status).toBe(200);
    desk.proxy.fault = () => null;
    expect((await ready()).status).toBe(200);
  });
});
