import { useSyncExternalStore } from 'react';

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
