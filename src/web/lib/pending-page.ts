const STORAGE_KEY = 'touchmark-pending-page';
// As long as what is asked there can be answered.
const KEPT_MS = 10 * 60_000;

/**
 * Keeps the path of a page that waits for its owner to sign in: a sign-in link opens a tab of its own, which knows nothing
 * of it.
 */
export function keepPendingPage(path: string): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify({ path, until: Date.now() + KEPT_MS }));
  } catch {
    // Storage may be switched off: the page is then found by its own tab alone.
  }
}

/** The path that was kept last, once; null where none was, or too long ago. */
export function takePendingPage(): string | null {
  try {
    const kept = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? 'null') as {
      path: string;
      until: number;
    } | null;
    localStorage.removeItem(STORAGE_KEY);
    return kept !== null && kept.until > Date.now() ? kept.path : null;
  } catch {
    return null;
  }
}
