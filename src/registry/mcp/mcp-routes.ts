import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { RegistryError } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext, RegistryEnv } from '#registry/context.ts';
import { links } from '#registry/http/links.ts';
import { allowsRpc } from '#registry/access/rpc-patterns.ts';
import { tellWayIn } from '#registry/oauth/way-in.ts';
import { startCall } from './call-record.ts';
import { findCallable } from './callable-server.ts';
import { headersForUpstream, upstreamUrlFor } from './passed-headers.ts';
import { parseRpcBody, rpcError, type RpcBody } from './rpc-body.ts';
import { createToolNames } from './tool-names.ts';
import { CallGivenUp, callUpstream } from './upstream-call.ts';

const MAX_RPC_BYTES = 4 * 1024 * 1024;

/** `/mcp/{qualifiedName}`: MCP with the server of that name, passed on to the address of its live release. */
export function addMcpRoutes(app: RegistryApp, context: RegistryContext): void {
  const { publicUrl, upstreamFetch, limits, ending } = context;
  const mayExecute = tellWayIn(requireAccess(context, 'servers', 'execute'), context);
  const toolNames = createToolNames(context.db);
  const limitBody = bodyLimit({
    maxSize: MAX_RPC_BYTES,
    onError: () => {
      throw new RegistryError(413, `Body: must be at most ${MAX_RPC_BYTES} bytes`);
    },
  });

  app.on(['GET', 'POST', 'DELETE'], '/mcp/:qualifiedName', mayExecute, limitBody, async (c) => {
    const { method, url, raw } = c.req;
    // A GET is answered with events that do not end: nobody can ask for its headers alone.
    if (method === 'HEAD')
      throw new RegistryError(405, 'Method not allowed', { headers: { Allow: 'GET, POST, DELETE' } });
    const found = await findCallable(c, context);
    if ('movedTo' in found) {
      return c.redirect(links.mcp(publicUrl, found.movedTo) + new URL(url).search, 308);
    }
    const { server, upstreamUrl } = found;
    const body = method === 'POST' ? parseRpcBody(await c.req.text()) : null;
    if (body !== null && !allowsRpc(c.var.access, body.value)) {
      throw new RegistryError(403, 'Service token: its policy (rpcReqMatch) does not allow this MCP message');
    }
    const known = await toolNames.of(server);
    const onEnd = method === 'GET' ? await context.traffic.openStream(c.var.access.userId) : () => {};
    const call = startCall(context, {
      method,
      body,
      serverRid: server.serverRid,
      url: links.mcp(publicUrl, server.qualifiedName),
      toolNames: known,
      onEnd,
    });
    const credential = credentialOf(c);
    const closing = method === 'GET' ? ending.streams : ending.calls;
    try {
      const answer = await callUpstream(upstreamFetch, {
        url: upstreamUrlFor(upstreamUrl, url, credential),
        method,
        headers: headersForUpstream(raw.headers, credential),
        body: body === null ? null : textToSend(body, c),
        answerMs: limits.upstreamAnswerMs,
        signals: [raw.signal, closing],
      });
      if ('text' in answer) {
        call.failed(answer);
        for (const [name, value] of answer.headers) c.header(name, value);
        return c.json(rpcError(body, answer.text), answer.status as 502);
      }
      const { status, headers } = answer;
      return new Response(call.observe(answer, closing), { status, headers });
    } catch (error) {
      if (!(error instanceof CallGivenUp)) {
        onEnd();
        throw error;
      }
      call.gaveUp();
      return c.json(rpcError(body, 'Touchmark is about to stop. Try again in a minute.'), 503);
    }
  });
}

function credentialOf(c: Context): string {
  return (c.req.header('Authorization') ?? '').replace(/^Bearer +/i, '').trim();
}

// Where patterns were matched, what they saw: another parser may read the original text otherwise.
function textToSend({ text, value }: RpcBody, c: Context<RegistryEnv>): string {
  const isLimited = c.var.access.policy.some(({ rpcReqMatch }) => rpcReqMatch !== undefined);
  return isLimited ? JSON.stringify(value) : text;
}
