// Longer than it takes from a click to the calls it leads to.
const ATTENDED_MS = 10_000;
const ACTS = ['pointerdown', 'click', 'keydown', 'wheel', 'touchmove'];

// Whoever opened the page is there.
let lastAct = Date.now();

/** Notes, for as long as the page lives, when somebody last did something with it. */
export function followAttendance(): void {
  listenToActs(() => {
    lastAct = Date.now();
  });
}

/** Calls `hear` whenever somebody does something with the page. Returns how to stop. */
export function listenToActs(hear: () => void): () => void {
  for (const act of ACTS) window.addEventListener(act, hear, { capture: true, passive: true });
  return () => {
    for (const act of ACTS) window.removeEventListener(act, hear, { capture: true });
  };
}

/** False where nobody has done anything for a while: what the page asks for then, it asks for by itself. */
export function isAttended(): boolean {
  return Date.now() - lastAct < ATTENDED_MS;
}
