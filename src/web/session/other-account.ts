const STORAGE_KEY = 'touchmark-other-account';

/** Loads the page anew, since another account signed in: nothing that it holds of the former one may stay. */
export function goOnAsOther(): void {
  try {
    sessionStorage.setItem(STORAGE_KEY, '1');
  } catch {
    // Storage may be switched off: then nothing says why the page was loaded anew.
  }
  window.location.reload();
}

/** True, once, on the page that was loaded anew for this. */
export function takeOtherAccount(): boolean {
  try {
    const isOther = sessionStorage.getItem(STORAGE_KEY) !== null;
    sessionStorage.removeItem(STORAGE_KEY);
    return isOther;
  } catch {
    return false;
  }
}
