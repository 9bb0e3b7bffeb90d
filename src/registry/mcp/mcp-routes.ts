import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { RegistryError } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext, RegistryEnv } from '#registry/context.ts';
import { hidingFetch } from '#registry/secrets/hidden-values.ts';
import { links } from '#registry/http/links.ts';
import { allowsRpc } from '#registry/access/rpc-patterns.ts';
import { tellWayIn } from '#registry/oauth/way-in.ts';
import { addedHeaders, toldOfSecrets } from './added-headers.ts';
import { startCall } from './call-record.ts';
import { findCallable } from './callable-server.ts';
import { hiddenCredentials } from './hidden-credentials.ts';
import { headersForUpstream, upstreamUrlFor } from './passed-headers.ts';
import { createLaterAnswers, type LaterAnswers } from './later-answers.ts';
import { postAddresses, type PostAddresses } from './post-addresses.ts';
import { asksForEvents, parseRpcBody, requestsIn, rpcError, type RpcBody } from './rpc-body.ts';
import { createToolNames } from './tool-names.ts';
import { CallGivenUp, callUpstream } from './upstream-call.ts';

const MAX_RPC_BYTES = 4 * 1024 * 1024;

/** `/mcp/{qualifiedName}`: MCP with the server of that name, passed on to the address of its live release. */
export function addMcpRoutes(app: RegistryApp, context: RegistryContext): void {
  const { publicUrl, upstreamFetch, postVault, limits, ending } = context;
  const mayExecute = tellWayIn(requireAccess(context, 'servers', 'execute'), context);
  const toolNames = createToolNames(context.db);
  const later = createLaterAnswers({
    now: context.now,
    onFailed: (answer) => context.invocations.addFailed(answer),
  });
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
    const { server, releaseId, upstreamUrl, transport } = found;
    const mcpUrl = links.mcp(publicUrl, server.qualifiedName);
    const posts = postAddresses(postVault, { releaseId, upstreamUrl, mcpUrl });
    const postUrl = method === 'POST' && posts.isOne(url) ? openPostAddress(posts, url) : undefined;
    if (transport === 'sse' && method !== 'GET' && postUrl === undefined) throw streamFirst();
    const body = method === 'POST' ? parseRpcBody(await c.req.text()) : null;
    if (body !== null && !allowsRpc(c.var.access, body.value)) {
      throw new RegistryError(403, 'Service token: its policy (rpcReqMatch) does not allow this MCP message');
    }
    const known = await toolNames.of(server);
    const hidden = await hiddenCredentials(raw.headers, context);
    const isListening = body === null ? method === 'GET' : asksForEvents(body);
    const closeStream = isListening ? await context.traffic.openStream(c.var.access.userId) : () => {};
    const answers = method === 'GET' ? later.open(server.serverRid) : undefined;
    const onEnd = (): void => {
      closeStream();
      answers?.close();
    };
    const call = startCall(context, {
      method,
      body,
      isListening,
      serverRid: server.serverRid,
      url: mcpUrl,
      toolNames: known,
      answers,
      awaitAnswer: awaiting(later, { postUrl, body, serverRid: server.serverRid }),
      onEnd,
    });
    const closing = isListening ? ending.streams : ending.calls;
    try {
      const added = await addedHeaders(context, server);
      const answer =
        'text' in added
          ? added
          : await callUpstream(hidingFetch(upstreamFetch, added.secrets), {
              url: postUrl ?? upstreamUrlFor(upstreamUrl, url, hidden),
              method,
              headers: headersForUpstream(raw.headers, { hidden, added: added.headers }),
              body: body === null ? null : textToSend(body, c),
              isForStream: postUrl !== undefined,
              postAddress: (address, base) => {
                const given = posts.for(address, base);
                answers?.named(new URL(address, base));
                return given;
              },
              answerMs: limits.upstreamAnswerMs,
              signals: [raw.signal, closing],
            });
      if ('text' in answer) {
        const failure = 'text' in added ? added : toldOfSecrets(answer, added);
        call.failed(failure);
        for (const [name, value] of failure.headers) c.header(name, value);
        return c.json(rpcError(body, failure.text), failure.status as 502);
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

function awaiting(
  later: LaterAnswers,
  { postUrl, body, serverRid }: { postUrl: URL | undefined; body: RpcBody | null; serverRid: number },
) {
  if (postUrl === undefined || body === null) return undefined;
  const ids = requestsIn(body).flatMap(({ id }) => id ?? []);
  return (call: { timestamp: string; messages: readonly string[] }) =>
    later.expect(postUrl, { ...call, serverRid, ids });
}

function openPostAddress(posts: PostAddresses, url: string): URL {
  const address = posts.open(url);
  if (address !== undefined) return address;
  throw new RegistryError(
    404,
    'Session not found: its server was released anew, or the address was not given out here. Connect again',
  );
}

// With this status clients of both transports go on with the older one.
function streamFirst(): RegistryError {
  return new RegistryError(
    405,
    'Server speaks the older SSE transport: open its event stream with GET, and post to the address that the stream names',
    { headers: { Allow: 'GET' } },
  );
}

// Where patterns were matched, what they saw: another parser may read the original text otherwise.
function textToSend({ text, value }: RpcBody, c: Context<RegistryEnv>): string {
  const isLimited = c.var.access.policy.some(({ rpcReqMatch }) => rpcReqMatch !== undefined);
  return isLimited ? JSON.stringify(value) : text;
}
