/** The registry took longer than it may. */
export class TimeLimitPassed extends Error {
  override name = 'TimeLimitPassed';
}

/** The limits of one call, running from its creation. */
export interface TimeLimits {
  /** Aborted at the end of the total, or where the call is given up. */
  signal: AbortSignal;
  /** The work's result, or TimeLimitPassed after `ms` or at the end of the total, whichever comes first. */
  within<T>(ms: number, work: Promise<T>): Promise<T>;
  /** Lets the total begin anew, now. */
  restart(): void;
  /** Gives up what is still running. */
  stop(): void;
}

/**
 * Starts a call's limits; `outer` ends it early. They hold for a registry in this process too, which may not listen to
 * the signal.
 */
export function startTimeLimits(totalMs: number, outer: AbortSignal | undefined): TimeLimits {
  const controller = new AbortController();
  let end = performance.now() + totalMs;
  return {
    signal: outer === undefined ? controller.signal : AbortSignal.any([outer, controller.signal]),
    async within(ms, work) {
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(
          () => {
            const passed = new TimeLimitPassed();
            reject(passed);
            controller.abort(passed);
          },
          Math.max(0, Math.min(ms, end - performance.now())),
        );
      });
      try {
        return await Promise.race([work, limit]);
      } finally {
        clearTimeout(timer);
      }
    },
    restart() {
      end = performance.now() + totalMs;
    },
    stop: () => controller.abort(),
  };
}
