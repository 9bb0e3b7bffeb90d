import { useLayoutEffect } from 'react';

/**
 * Keeps the page behind a dialog where it is, for as long as the dialog is mounted. The scrollbar's room becomes
 * padding, so that nothing moves and the dialog's overlay covers the whole window.
 */
export function useScrollLock(): void {
  useLayoutEffect(() => {
    const root = document.documentElement;
    // Not a custom property: everything inherits those, so that each element's style would be worked out anew.
    root.style.paddingRight = `${window.innerWidth - root.clientWidth}px`;
    root.dataset['scroll'] = 'locked';
    return () => {
      delete root.dataset['scroll'];
      root.style.paddingRight = '';
    };
  }, []);
}
