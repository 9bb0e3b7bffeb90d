import { type CSSProperties, type RefObject, useEffect, useId, useRef, useState } from 'react';
import styles from './exact-time.module.css';
import { useRelativeTime } from './relative-time.tsx';
import { formatExactTime, formatUtcTime } from './time-format.ts';

// As wide as the style sheet has it, and how much lies between it, the words and the edge of the window.
const WIDTH = 248;
const HEIGHT = 64;
const GAP = 6;

/**
 * How long ago a time was, as something that can be focused, tapped or pointed at: that opens the exact time, in the
 * person's own zone and in UTC. `time` is ISO 8601.
 */
export function ExactTime({ time }: { time: string }) {
  const words = useRelativeTime(time);
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const [place, setPlace] = useState<CSSProperties>();
  const isOpen = place !== undefined;
  const open = () => setPlace(placeBy(button.current));
  const close = () => setPlace(undefined);
  useClosing(button, isOpen, setPlace);
  const utc = formatUtcTime(time);
  if (utc === undefined) return <>{words}</>;
  return (
    <span
      className={styles['wrap']}
      onPointerEnter={({ pointerType }) => pointerType === 'mouse' && open()}
      onPointerLeave={() => document.activeElement !== button.current && close()}
    >
      <button
        ref={button}
        type="button"
        className={styles['time']}
        aria-describedby={id}
        onFocus={open}
        onBlur={close}
        onClick={open}
      >
        <time dateTime={time}>{words}</time>
      </button>
      <span role="tooltip" id={id} className={styles['exact']} style={place} hidden={!isOpen}>
        <span>{formatExactTime(time)}</span>
        <span>{utc}</span>
      </span>
    </span>
  );
}

// Escape puts it away and leaves the focus; so does a press elsewhere, which takes the focus off no button on a phone. It
// stands still in the window: where the page moves beneath it, it goes with the focus, as where that is scrolled to, or away.
function useClosing(
  button: RefObject<HTMLButtonElement | null>,
  isOpen: boolean,
  setPlace: (place: CSSProperties | undefined) => void,
): void {
  useEffect(() => {
    if (!isOpen) return undefined;
    const close = () => setPlace(undefined);
    const follow = () =>
      setPlace(document.activeElement === button.current ? placeBy(button.current) : undefined);
    const closeByKey = ({ key }: KeyboardEvent) => key === 'Escape' && close();
    const closeByPress = ({ target }: PointerEvent) => {
      if (!(target instanceof Node && button.current?.parentElement?.contains(target) === true)) close();
    };
    document.addEventListener('keydown', closeByKey);
    document.addEventListener('pointerdown', closeByPress);
    window.addEventListener('scroll', follow, { capture: true, passive: true });
    return () => {
      document.removeEventListener('keydown', closeByKey);
      document.removeEventListener('pointerdown', closeByPress);
      window.removeEventListener('scroll', follow, { capture: true });
    };
  }, [button, isOpen, setPlace]);
}

function placeBy(element: Element | null): CSSProperties | undefined {
  if (element === null) return undefined;
  const { left, top, bottom } = element.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  if (bottom < 0 || top > clientHeight) return undefined;
  const x = Math.max(GAP, Math.min(left, clientWidth - WIDTH - GAP));
  return bottom + GAP + HEIGHT > clientHeight
    ? { left: x, bottom: clientHeight - top + GAP }
    : { left: x, top: bottom + GAP };
}
