const PREFIX = '#code=';

let kept: string | undefined;

/** Moves the code of a one-time sign-in link out of the address, where history would keep it, into memory. */
export function keepSignInCode(): void {
  const { hash, pathname, search } = window.location;
  if (!hash.startsWith(PREFIX)) return;
  kept = hash.slice(PREFIX.length);
  window.history.replaceState(window.history.state, '', pathname + search);
}

/** The code of the sign-in link that led here, once; undefined where there is none. */
export function takeSignInCode(): string | undefined {
  keepSignInCode();
  const code = kept;
  kept = undefined;
  return code;
}
