import { Search } from 'lucide-react';
import { type KeyboardEvent as KeyEvent, type RefObject, useLayoutEffect, useRef } from 'react';
import styles from './search-box.module.css';

interface SearchBoxProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Somebody is about to type. */
  onFocus?: () => void;
  /** Enter was pressed, outside of an input method's own window. */
  onEnter?: () => void;
  /** The arrow down was pressed. */
  onDown?: () => void;
  /** The field itself, for whoever gives it the focus. */
  field?: RefObject<HTMLInputElement | null>;
}

/** A search field; the key `/` leads to it from anywhere on the page. */
export function SearchBox({ label, value, onChange, onFocus, onEnter, onDown, field }: SearchBoxProps) {
  const own = useRef<HTMLInputElement>(null);
  const input = field ?? own;
  // Before the first paint: whoever sees the field can call it.
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [input]);
  const act = (event: KeyEvent) => {
    const action = { Enter: onEnter, ArrowDown: onDown }[event.key];
    if (action === undefined || event.nativeEvent.isComposing) return;
    event.preventDefault();
    action();
  };
  return (
    <div className={styles['box']}>
      <Search className={styles['icon']} size={16} aria-hidden />
      <input
        ref={input}
        className={styles['input']}
        type="search"
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onFocus={onFocus}
        onKeyDown={act}
        autoComplete="off"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        enterKeyHint="search"
      />
      <kbd className={styles['key']} aria-hidden>
        /
      </kbd>
    </div>
  );
}

// In a dialog the page's shortcuts are off, and in a field a slash is a slash.
function isTyping(target: EventTarget | null): boolean {
  const fields = 'input:not([type=checkbox]), textarea, select, [role$="dialog"]';
  return target instanceof Element && target.closest(fields) !== null;
}
