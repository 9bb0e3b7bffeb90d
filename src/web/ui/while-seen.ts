import { useEffect, useEffectEvent } from 'react';

interface Options {
  everyMs: number;
  /** How much later at most, by chance: pages that were opened at once do not ask at once. */
  jitterMs: number;
  /** Whether it is also called as soon as the network is back. */
  isForNetwork?: boolean;
}

/**
 * Calls `ask` again and again for as long as this is drawn, save while nobody sees the page or there is no network. Its
 * signal is aborted once it is drawn no more.
 */
export function useWhileSeen(
  ask: (signal: AbortSignal) => Promise<void>,
  { everyMs, jitterMs, isForNetwork = false }: Options,
): void {
  const askNow = useEffectEvent((signal: AbortSignal) => {
    if (document.visibilityState !== 'hidden' && navigator.onLine) void ask(signal);
  });
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const wait = () => {
      timer = setTimeout(
        () => {
          askNow(ended.signal);
          wait();
        },
        everyMs + Math.random() * jitterMs,
      );
    };
    wait();
    const onOnline = () => askNow(ended.signal);
    if (isForNetwork) window.addEventListener('online', onOnline, { signal: ended.signal });
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [everyMs, jitterMs, isForNetwork]);
}
