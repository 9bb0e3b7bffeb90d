import { useSyncExternalStore } from 'react';

/** `system` follows the device. */
export type Theme = 'system' | 'light' | 'dark';

// `public/theme.js` reads the same entry before the first paint.
const STORAGE_KEY = 'touchmark-theme';
const listeners = new Set<() => void>();

/** The person's choice of theme, and a function that changes it here and in every other tab. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  return [useSyncExternalStore(subscribe, readTheme), changeTheme];
}

function readTheme(): Theme {
  const shown = document.documentElement.dataset['theme'];
  return shown === 'light' || shown === 'dark' ? shown : 'system';
}

function changeTheme(theme: Theme): void {
  showTheme(theme);
  try {
    if (theme === 'system') localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // Storage may be switched off: the choice then lasts as long as the page.
  }
}

function showTheme(theme: string | null): void {
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;
  else delete document.documentElement.dataset['theme'];
  for (const listener of listeners) listener();
}

function subscribe(onChange: () => void): () => void {
  const hear = ({ key, newValue }: StorageEvent) => {
    if (key === STORAGE_KEY || key === null) showTheme(newValue);
  };
  listeners.add(onChange);
  window.addEventListener('storage', hear);
  return () => {
    listeners.delete(onChange);
    window.removeEventListener('storage', hear);
  };
}
