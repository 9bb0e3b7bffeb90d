import { useEffect } from 'react';

/**
 * Gives the page's heading the focus where what had it is gone, as a button that its own press takes away: on the body it
 * would be lost to whoever reads by ear. Whoever has a better place for it gives it there at once.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let last: EventTarget | null = null;
    const isGone = () => last instanceof Element && !last.isConnected;
    const note = ({ target }: FocusEvent) => {
      last = target;
    };
    // Who takes the focus off something that stays wants it nowhere.
    const forget = ({ target }: FocusEvent) => {
      setTimeout(() => {
        if (last === target && !isGone() && document.activeElement === document.body) last = null;
      });
    };
    const look = () => {
      if (!isGone() || document.activeElement !== document.body) return;
      // There may be none yet: then it is looked for as the page goes on changing.
      const heading = document.querySelector<HTMLElement>('main h1');
      if (heading?.closest('[aria-hidden="true"], [inert]') === null) heading.focus({ preventScroll: true });
    };
    const observer = new MutationObserver(() => {
      if (isGone()) setTimeout(look);
    });
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusin', note);
    document.addEventListener('focusout', forget);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', note);
      document.removeEventListener('focusout', forget);
    };
  }, []);
}
