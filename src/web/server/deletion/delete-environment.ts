import { useSyncExternalStore } from 'react';

/** Whether the browser says it has a network. */
export function useOnline(): boolean {
  return useSyncExternalStore(subscribeToNetwork, () => navigator.onLine);
}

function subscribeToNetwork(onChange: () => void): () => void {
  window.addEventListener('online', onChange);
  window.addEventListener('offline', onChange);
  return () => {
    window.removeEventListener('online', onChange);
    window.removeEventListener('offline', onChange);
  };
}

/** How many pixels at the bottom of the page an on-screen keyboard covers. */
export function useKeyboardHeight(): number {
  return useSyncExternalStore(subscribeToViewport, keyboardHeight);
}

function subscribeToViewport(onChange: () => void): () => void {
  const viewport = window.visualViewport;
  viewport?.addEventListener('resize', onChange);
  viewport?.addEventListener('scroll', onChange);
  return () => {
    viewport?.removeEventListener('resize', onChange);
    viewport?.removeEventListener('scroll', onChange);
  };
}

function keyboardHeight(): number {
  const viewport = window.visualViewport;
  // Zoomed in, the visible part is small for another reason.
  if (viewport === null || viewport.scale > 1.01) return 0;
  return Math.max(0, Math.round(window.innerHeight - viewport.height - viewport.offsetTop));
}

/** Whole seconds left until a time (milliseconds since 1970), counting down by itself; 0 where there is none. */
export function useSecondsUntil(time: number | null): number {
  return useSyncExternalStore(subscribeToClock, () =>
    time === null ? 0 : Math.max(0, Math.ceil((time - Date.now()) / 1000)),
  );
}

function subscribeToClock(onTick: () => void): () => void {
  const timer = setInterval(onTick, 250);
  return () => clearInterval(timer);
}
