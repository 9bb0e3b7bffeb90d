import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { UpstreamFetch } from '#registry/upstream/upstream-fetch.ts';
import { listOffers } from './upstream-offers.ts';
import { limitedFetch } from './limited-fetch.ts';
import { abortedWith, orAborted } from './or-aborted.ts';
import { toCard, type ReleaseCard } from './release-card.ts';
import { SignInRequired } from './release-problem.ts';
import { toReleaseProblem } from './upstream-failures.ts';

const CLIENT = { name: 'touchmark', version: '1' };
const MAX_ANSWER_BYTES = 8 * 1024 ** 2;
const FAREWELL_MS = 1000;

/** `sse` is the older of the two ways to reach a server over HTTP. */
type UpstreamTransport = 'streamable' | 'sse';

interface UpstreamScan {
  url: string;
  /** Header names and values. */
  credentials: Readonly<Record<string, string>> | null;
  fetch: UpstreamFetch;
  /** Aborted where it takes too long, or nobody wants it any more. */
  signal: AbortSignal;
  /** Told once the upstream has answered, before it is asked what it offers. */
  onReached: (transport: UpstreamTransport) => Promise<void>;
}

/**
 * Connects to a server as any client would and asks what it offers. Throws SignInRequired where it answers 401 and
 * ReleaseProblem for every other way in which it is not what was promised; nothing of its answers is in the texts.
 */
export async function scanUpstream(scan: UpstreamScan): Promise<ReleaseCard> {
  const ending = abortedWith(scan.signal);
  const { signal } = ending;
  const fetch = limitedFetch(scan.fetch, {
    maxBytes: MAX_ANSWER_BYTES,
    signal,
    giveUp: (reason) => ending.abort(reason),
  });
  try {
    const connection = await connect(scan, { fetch, signal });
    try {
      await scan.onReached(connection.kind);
      const offers = await listOffers(connection.client, signal);
      return toCard({ serverInfo: connection.client.getServerVersion(), ...offers });
    } finally {
      await connection.close();
    }
  } catch (error) {
    // Whoever was waiting was told something less telling.
    const reason: unknown = signal.aborted ? signal.reason : error;
    if (reason instanceof SignInRequired || scan.signal.aborted) throw reason;
    throw toReleaseProblem(reason, scan.url);
  }
}

interface Connection {
  kind: UpstreamTransport;
  client: Client;
  close(): Promise<void>;
}

async function connect(
  { url, credentials }: UpstreamScan,
  { fetch, signal }: { fetch: UpstreamFetch; signal: AbortSignal },
): Promise<Connection> {
  const target = new URL(url);
  const options = { fetch, requestInit: { headers: credentials ?? {} } };
  try {
    const transport = new StreamableHTTPClientTransport(target, options);
    const opened = await open(transport, signal, () => transport.terminateSession());
    return { kind: 'streamable', ...opened };
  } catch (error) {
    if (signal.aborted || !isOlderTransport(error)) throw error;
    const opened = await open(new SSEClientTransport(target, options), signal, async () => {});
    return { kind: 'sse', ...opened };
  }
}

// As the protocol says: a server of the older transport refuses the first post.
function isOlderTransport(error: unknown): boolean {
  if (!(error instanceof StreamableHTTPError) || error.code === undefined) return false;
  return error.code >= 400 && error.code < 500;
}

async function open(
  transport: Transport,
  signal: AbortSignal,
  endSession: () => Promise<void>,
): Promise<Omit<Connection, 'kind'>> {
  const client = new Client(CLIENT);
  try {
    await orAborted(client.connect(transport, { signal }), signal);
  } catch (error) {
    await transport.close();
    throw error;
  }
  return {
    client,
    close: async () => {
      // So that the upstream need not keep a session for nobody; it may not care.
      await orAborted(endSession(), AbortSignal.timeout(FAREWELL_MS)).catch(() => {});
      await client.close();
    },
  };
}
