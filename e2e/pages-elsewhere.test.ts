import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumArguments, findChromium } from './support/browser.ts';
import { startMcpDesk, type McpDesk } from './support/mcp-desk.ts';
import {
  startHttpServer,
  startMcpServer,
  type RunningMcpServer,
  type SocketServer,
} from './support/mcp-servers.ts';

interface Call {
  url: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

describe('a page of another site in a browser', () => {
  let desk: McpDesk;
  let upstream: RunningMcpServer;
  let elsewhere: SocketServer;
  let browser: Browser;
  let page: Page;
  let key: Record<string, string>;
  beforeAll(async () => {
    upstream = await startMcpServer();
    desk = await startMcpDesk();
    await desk.release('acme/weather', upstream.url);
    const form = new FormData();
    form.append(
      'icon',
      new Blob(['<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>']),
      'icon.svg',
    );
    await desk.registry.call('PUT', '/servers/acme%2Fweather/icon', { body: form });
    key = { Authorization: `Bearer ${desk.registry.ownerKey}` };
    elsewhere = await startHttpServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Inspector</title>');
    });
    browser = await chromium.launch({
      executablePath: process.env['TOUCHMARK_TEST_CHROMIUM'] ?? (await findChromium(() => {})),
      args: [...chromiumArguments, '--host-resolver-rules=MAP inspector.test 127.0.0.1'],
    });
    page = await browser.newPage();
    await page.goto(elsewhere.origin.replace('127.0.0.1', 'inspector.test'));
  });
  afterAll(async () => {
    await browser.close();
    await desk.stop();
    await upstream.close();
    await elsewhere.close();
  });

  /** What the page gets to see of an answer; null where the browser lets it see nothing. */
  const ask = async (call: Call) =>
    page.evaluate(async ({ url, ...init }) => {
      try {
        const response = await fetch(url, init);
        const headers = Object.fromEntries(response.headers.entries());
        return { status: response.status, headers, text: await response.text() };
      } catch {
        return null;
      }
    }, call);

  it('calls a server, with the headers of the protocol and of the server, and reads its session', async () => {
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'page', version: '1' },
    };
    const call = {
      url: desk.mcpUrl('acme/weather'),
      method: 'POST',
      headers: {
        ...key,
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        'X-Api-Token': 'of the server',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
    };
    const answer = await ask(call);
    expect(answer?.status).toBe(200);
    const session = answer?.headers['mcp-session-id'] ?? '';
    expect(session).not.toBe('');
    expect(upstream.requests.at(-1)?.headers['x-api-token']).toBe('of the server');
    const listed = await ask({
      ...call,
      headers: { ...call.headers, 'Mcp-Session-Id': session, 'Mcp-Protocol-Version': '2025-06-18' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' }),
    });
    expect(listed?.text).toContain('"echo"');
    const ended = await ask({
      url: call.url,
      method: 'DELETE',
      headers: { ...key, 'Mcp-Session-Id': session },
    });
    expect(ended?.status).toBe(200);
  });

  it('reads the registry and why it may not, with the id under which the log has it', async () => {
    const servers = `${desk.running.url}/registry/servers`;
    expect(await ask({ url: servers, headers: key })).toMatchObject({
      status: 200,
      headers: { 'touchmark-request-id': expect.any(String) },
      text: expect.stringContaining('acme/weather'),
    });
    expect(await ask({ url: servers })).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': expect.stringContaining('Bearer') },
    });
    expect(await ask({ url: `${servers}/acme%2Fnone`, headers: key })).toMatchObject({ status: 404 });
  });

  it('shows icons', async () => {
    await page.setContent(`<img src="${desk.running.url}/registry/servers/acme%2Fweather/icon">`);
    await expect
      .poll(async () => page.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBe(9);
  });

  it('changes nothing in the registry, and sees nothing of the desk', async () => {
    const url = `${desk.running.url}/registry/servers/acme%2Fweather`;
    for (const method of ['DELETE', 'PUT', 'PATCH']) {
      expect([method, await ask({ url, method, headers: key })]).toEqual([method, null]);
    }
    expect((await desk.registry.call('GET', '/servers/acme%2Fweather')).status).toBe(200);
    for (const path of ['/api/servers', '/api/-/session', '/healthz']) {
      expect(await ask({ url: desk.running.url + path, headers: { 'Touchmark-Client': 'web' } })).toBeNull();
    }
  });
});
