import type { UpstreamTransport } from '#database/registry-tables.ts';
import type { UpstreamFetch } from '#registry/upstream/upstream-fetch.ts';
import { limitedFetch } from './limited-fetch.ts';
import { abortedWith } from './or-aborted.ts';
import { proxiedUpstream, type ProxiedUpstream } from './proxied-fetch.ts';
import { toCard, type ReleaseCard } from './release-card.ts';
import { SignInRequired } from './release-problem.ts';
import { openEventStream, openSession, type UpstreamConnection } from './upstream-connection.ts';
import { discover } from './upstream-discovery.ts';
import { isAnswer, NoWayIn, statusOf, toReleaseProblem, type FailedAttempt } from './upstream-failures.ts';
import { listOffers } from './upstream-offers.ts';

const MAX_ANSWER_BYTES = 8 * 1024 ** 2;

interface UpstreamScan {
  url: string;
  /** Header names and values. */
  credentials: Readonly<Record<string, string>> | null;
  fetch: UpstreamFetch;
  /** Aborted where it takes too long, or nobody wants it any more. */
  signal: AbortSignal;
  /** Told once the upstream has answered, before it is asked what it offers. */
  onReached: (reached: ReachedUpstream) => Promise<void>;
}

/** A server as it is called from now on. */
export interface CalledUpstream {
  /** Where the URL of the release led, within its origin. */
  url: string;
  transport: UpstreamTransport;
}

interface ReachedUpstream extends CalledUpstream {
  /** True where it speaks MCP 2026-07-28 and no older protocol. */
  isModernOnly: boolean;
}

/**
 * Calls a server as clients do through the registry, and asks what it offers. Throws SignInRequired where it answers 401
 * and ReleaseProblem for every other way in which it is not what was promised; nothing of its answers is in the texts.
 */
export async function scanUpstream(
  scan: UpstreamScan,
): Promise<{ card: ReleaseCard; called: CalledUpstream }> {
  const ending = abortedWith(scan.signal);
  const { signal } = ending;
  const fetch = limitedFetch(scan.fetch, {
    maxBytes: MAX_ANSWER_BYTES,
    signal,
    giveUp: (reason) => ending.abort(reason),
  });
  try {
    const { connection, upstream } = await connect(() => proxiedUpstream({ ...scan, fetch, signal }), signal);
    try {
      const called: CalledUpstream = {
        url: upstream.calledUrl()?.href ?? scan.url,
        transport: connection.kind === 'sse' ? 'sse' : 'streamable',
      };
      await scan.onReached({ ...called, isModernOnly: connection.kind === 'modern' });
      const offers = await listOffers(connection);
      return { card: toCard({ serverInfo: connection.serverInfo, ...offers }), called };
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

interface Connected {
  connection: UpstreamConnection;
  upstream: ProxiedUpstream;
}

/** The first of the three ways to speak to a server that leads to an answer. What most servers speak is tried first. */
async function connect(reach: () => ProxiedUpstream, signal: AbortSignal): Promise<Connected> {
  const failed: FailedAttempt[] = [];

  async function attempt(
    asked: string,
    open: (upstream: ProxiedUpstream, signal: AbortSignal) => Promise<UpstreamConnection>,
  ): Promise<Connected | undefined> {
    const upstream = reach();
    try {
      return { connection: await open(upstream, signal), upstream };
    } catch (error) {
      if (signal.aborted || !isAnswer(error)) throw error;
      failed.push({ asked, error });
      return undefined;
    }
  }

  const connected =
    (await attempt('To initialize', openSession)) ?? (await attempt('to server/discover', discover));
  if (connected !== undefined) return connected;
  // As the protocol says: a server of the older transport refuses the first post.
  const status = statusOf(failed[0]?.error);
  const isOlder = status !== undefined && status >= 400 && status < 500;
  const older = isOlder
    ? await attempt('as a server of the older SSE transport', openEventStream)
    : undefined;
  if (older === undefined) throw new NoWayIn(failed);
  return older;
}
