const IGNORED_MS = 500;
// A hand that holds still does not hold quite still.
const MOVED_PX = 6;

/**
 * Lets clicks, Enter and the space bar do nothing for half a second, or until the pointer moves or another key is pressed: a
 * second impatient press was meant for what is gone. Returns what ends it before.
 */
export function ignorePresses(): () => void {
  let from: { x: number; y: number } | undefined;
  const drop = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  const ignore = (event: Event) => {
    // Keys and scripts make clicks without a pointer.
    if (event.type === 'click' && event instanceof MouseEvent && event.detail === 0) return;
    drop(event);
  };
  const ignoreKey = (event: KeyboardEvent) => {
    const isText = event.target instanceof HTMLInputElement && event.target.type !== 'checkbox';
    if (event.key === 'Enter' || (event.key === ' ' && !isText)) {
      drop(event);
      // One that is held down is still the same press.
      if (event.repeat) restart();
    } else if (event.type === 'keydown') end();
  };
  const move = ({ clientX: x, clientY: y, movementX, movementY }: PointerEvent) => {
    from ??= { x: x - movementX, y: y - movementY };
    if (Math.hypot(x - from.x, y - from.y) >= MOVED_PX) end();
  };
  // A press takes the focus off the row that has it, before it is a click.
  const presses = ['pointerdown', 'mousedown', 'click', 'auxclick'] as const;
  const keys = ['keydown', 'keyup'] as const;
  const end = () => {
    clearTimeout(timer);
    window.removeEventListener('pointermove', move, true);
    for (const press of presses) window.removeEventListener(press, ignore, true);
    for (const key of keys) window.removeEventListener(key, ignoreKey, true);
  };
  let timer = setTimeout(end, IGNORED_MS);
  const restart = () => {
    clearTimeout(timer);
    timer = setTimeout(end, IGNORED_MS);
  };
  window.addEventListener('pointermove', move, true);
  for (const press of presses) window.addEventListener(press, ignore, true);
  for (const key of keys) window.addEventListener(key, ignoreKey, true);
  return end;
}
