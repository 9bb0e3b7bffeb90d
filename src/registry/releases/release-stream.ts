import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { ReleaseStatus } from '#contract/release-statuses.ts';
import type { RegistryEnv } from '#registry/context.ts';
import { isFinal, type ReleaseFollowers } from './release-followers.ts';
import { toLogEntry } from './release-response.ts';

/** How far a follower has come: what its last event's id says. */
interface Progress {
  /** How many lines it has. */
  lines: number;
  status: ReleaseStatus;
  isComplete: boolean;
}

interface Stream {
  releaseId: string;
  mcpUrl: string;
  followers: ReleaseFollowers;
  /** How often a comment is sent, in milliseconds: proxies close what is silent for long. */
  commentMs: number;
  /** Told once, when nothing more is sent. */
  onEnd: () => void;
}

/**
 * A release as server-sent events: `init` with its status and lines so far, `log` and `status` as they come, `complete`
 * at its end. Whoever comes again with the last event's id gets what is missing; 204 where nothing is.
 */
export function streamRelease(
  c: Context<RegistryEnv>,
  { releaseId, mcpUrl, followers, commentMs, onEnd }: Stream,
): Response {
  const resumed = readProgress(c.req.header('Last-Event-ID'));
  if (resumed?.isComplete === true) {
    onEnd();
    return c.body(null, 204);
  }
  c.header('X-Accel-Buffering', 'no');
  return streamSSE(c, async (stream) => {
    const left = new AbortController();
    stream.onAbort(() => left.abort());
    let at: Progress | undefined = resumed;

    async function send(event: string, data: object, progress: Progress): Promise<Progress> {
      await stream.writeSSE({ event, data: JSON.stringify(data), id: writeProgress(progress) });
      return progress;
    }

    const comments = setInterval(() => void stream.write(':\n\n'), commentMs);
    try {
      for await (const { status, logs } of followers.follow(releaseId, left.signal)) {
        const entries = logs.map(toLogEntry);
        at ??= await send(
          'init',
          { id: releaseId, status, logs: entries },
          { lines: entries.length, status, isComplete: false },
        );
        for (const entry of entries.slice(at.lines)) {
          at = await send('log', entry, { ...at, lines: at.lines + 1 });
        }
        if (at.status !== status) at = await send('status', { status }, { ...at, status });
        if (isFinal(status)) at = await send('complete', { status, mcpUrl }, { ...at, isComplete: true });
      }
    } finally {
      clearInterval(comments);
      onEnd();
    }
  });
}

function writeProgress({ lines, status, isComplete }: Progress): string {
  return `${lines}.${status}${isComplete ? '.complete' : ''}`;
}

// An id that is none of ours: the follower begins anew.
function readProgress(id: string | undefined): Progress | undefined {
  const [, lines, status, complete] = /^(\d{1,6})\.([A-Z_]{1,20})(\.complete)?$/.exec(id ?? '') ?? [];
  if (lines === undefined || status === undefined) return undefined;
  return { lines: Number(lines), status: status as ReleaseStatus, isComplete: complete !== undefined };
}
