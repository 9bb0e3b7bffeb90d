import { useLayoutEffect } from 'react';

// Two may be open, one over the other: the first locks, the last to close unlocks.
let dialogs = 0;

/**
 * Keeps the page behind a dialog where it is, for as long as the dialog is mounted. The scrollbar's room becomes
 * padding, so that nothing moves and the dialog's overlay covers the whole window.
 */
export function useScrollLock(): void {
  useLayoutEffect(() => {
    const root = document.documentElement;
    const unlock = () => {
      dialogs -= 1;
      if (dialogs > 0) return;
      delete root.dataset['scroll'];
      root.style.paddingRight = '';
    };
    dialogs += 1;
    if (dialogs > 1) return unlock;
    // Not a custom property: everything inherits those, so that each element's style would be worked out anew.
    // By the width of the box: where there is a gutter without a scrollbar in it, `clientWidth` counts it as the page's.
    root.style.paddingRight = `${window.innerWidth - root.getBoundingClientRect().width}px`;
    root.dataset['scroll'] = 'locked';
    return unlock;
  }, []);
}
