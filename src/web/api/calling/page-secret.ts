const STORAGE_KEY = 'touchmark-page-secret';

// Storage may be switched off: the secret then lasts as long as the page.
let inMemory: string | undefined;

/**
 * Makes the secret that shows, beside a plain cookie, that a call is of a page of this very address, unless there is one.
 * Over https none is needed.
 */
export function makePageSecret(): void {
  if (window.location.protocol === 'https:' || readPageSecret() !== undefined) return;
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  inMemory = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
  try {
    localStorage.setItem(STORAGE_KEY, inMemory);
  } catch {
    // As above.
  }
}

/** Forgets it, when the session it was for has ended. */
export function forgetPageSecret(): void {
  inMemory = undefined;
  try {
    localStorage.removeItem(STORAGE_KEY);
  } catch {
    // As above.
  }
}

/** It, where there is one. */
export function readPageSecret(): string | undefined {
  try {
    // Another tab may have signed out and in.
    return localStorage.getItem(STORAGE_KEY) ?? inMemory;
  } catch {
    return inMemory;
  }
}
