/**
 * Between the tabs of this browser that have the desk open. Undefined in a browser without channels; Firefox has none for a
 * site whose cookies are blocked, and throws.
 */
export function openTabChannel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}
