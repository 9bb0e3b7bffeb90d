import type { UpstreamFetch } from '#registry/upstream/upstream-fetch.ts';
import { ReleaseProblem, SignInRequired } from './release-problem.ts';

interface Limits {
  /** How much all answers together may weigh. */
  maxBytes: number;
  signal: AbortSignal;
  /** Told why nothing more is worth asking. */
  giveUp: (reason: ReleaseProblem | SignInRequired) => void;
}

/** Fetches until an answer is a 401, all of them together are too large, or the signal says so. */
export function limitedFetch(fetch: UpstreamFetch, { maxBytes, signal, giveUp }: Limits): UpstreamFetch {
  let seen = 0;

  function count(chunk: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void {
    seen += chunk.byteLength;
    if (seen <= maxBytes) return controller.enqueue(chunk);
    const problem = new ReleaseProblem(
      'FAILURE_SCAN',
      `The server sends more than ${maxBytes} bytes to tell what it offers.`,
      'Let it offer less, or describe it in fewer words, then release again.',
    );
    giveUp(problem);
    controller.error(problem);
  }

  return async (url, init = {}) => {
    const signals = init.signal === null || init.signal === undefined ? [signal] : [signal, init.signal];
    const response = await fetch(url, { ...init, signal: AbortSignal.any(signals) });
    if (response.status === 401) {
      await response.body?.cancel();
      giveUp(new SignInRequired());
    }
    if (response.body === null || response.bodyUsed) return response;
    const body = response.body.pipeThrough(new TransformStream({ transform: count }));
    return new Response(body, {
      status: response.status,
      statusText: response.statusText,
      headers: [...response.headers],
    });
  };
}
