import { X } from 'lucide-react';
import {
  type MouseEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useSyncExternalStore,
} from 'react';
import { createPortal } from 'react-dom';
import { Button, buttonClass } from '#web/ui/button.tsx';
import { classNames } from '#web/ui/class-names.ts';
import { RequestId } from '#web/ui/messages/request-id.tsx';
import {
  dismissToast,
  keepToastRoom,
  readingTime,
  readToasts,
  type ShownToast,
  showToast,
  subscribeToToasts,
} from './toast-store.ts';
import styles from './toast.module.css';
import { toneIcons } from '#web/ui/messages/tone-icons.ts';

export { showToast };

interface ToastRegionProps {
  /** Opens an address of this site without loading the page anew. */
  onFollow: (href: string) => void;
  /** Stands below the words of each. */
  footer: ReactNode;
}

/**
 * Where toasts appear. Mounted once, above the router. It is a live region directly under the body, which modal
 * dialogs leave exposed while they hide the rest of the page from assistive technology.
 */
export function ToastRegion({ onFollow, footer }: ToastRegionProps) {
  const toasts = useSyncExternalStore(subscribeToToasts, readToasts);
  const region = useRef<HTMLOutputElement>(null);
  const cameFrom = useRef<EventTarget>(null);

  useEffect(() => {
    const element = region.current;
    const remember = ({ relatedTarget }: FocusEvent) => {
      if (!isInside(element, relatedTarget)) cameFrom.current = relatedTarget;
    };
    element?.addEventListener('focusin', remember);
    return () => element?.removeEventListener('focusin', remember);
  }, []);

  useLayoutEffect(() => {
    const element = region.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => takeRoom(element));
    observer.observe(element);
    // Before the page is drawn that a closing dialog leaves.
    const dialogs = new MutationObserver(() => takeRoom(element));
    dialogs.observe(document.documentElement, { attributeFilter: ['data-scroll'] });
    return () => {
      observer.disconnect();
      dialogs.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    if (region.current !== null) takeRoom(region.current);
  });

  const close = (id: number) => {
    // The focus must not fall back to the body with the button that had it.
    if (isInside(region.current, document.activeElement)) focusAgain(cameFrom.current);
    dismissToast(id);
  };

  return createPortal(
    <output ref={region} className={styles['region']} aria-live="polite" aria-atomic="false">
      {toasts.map((toast) => (
        <ToastItem key={toast.id} toast={toast} onClose={close} onFollow={onFollow} footer={footer} />
      ))}
    </output>,
    document.body,
  );
}

interface ToastItemProps extends ToastRegionProps {
  toast: ShownToast;
  onClose: (id: number) => void;
}

function ToastItem({ toast, onClose, onFollow, footer }: ToastItemProps) {
  const item = useRef<HTMLDivElement>(null);
  const Icon = toneIcons[toast.tone];
  const { action } = toast;
  useEffect(() => {
    const leave = () => {
      // While the pointer or the focus is on the toasts, none leaves.
      if (item.current?.parentElement?.matches(':hover, :focus-within') === true)
        timer = setTimeout(leave, 1500);
      else dismissToast(toast.id);
    };
    let timer = setTimeout(leave, readingTime(toast));
    return () => clearTimeout(timer);
  }, [toast]);
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    // With a modifier it is for the browser: a new tab, a download.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    dismissToast(toast.id);
    onFollow(event.currentTarget.pathname);
  };
  return (
    <div
      ref={item}
      className={classNames(styles['toast'], styles[toast.tone])}
      aria-live={toast.isSaidElsewhere === true ? 'off' : undefined}
    >
      <Icon className={styles['icon']} size={18} aria-hidden />
      <div className={styles['words']}>
        <p className={styles['message']}>
          <Message {...toast} />
        </p>
        {toast.detail !== undefined && <p className={styles['detail']}>{toast.detail}</p>}
        <RequestId id={toast.requestId} />
        {footer}
      </div>
      {action !== undefined && (
        <a href={action.href} className={buttonClass({ size: 'sm' })} onClick={follow}>
          {action.label}
        </a>
      )}
      <Button variant="ghost" size="sm" iconOnly aria-label="Dismiss" onClick={() => onClose(toast.id)}>
        <X size={14} aria-hidden />
      </Button>
    </div>
  );
}

function Message({ message, name }: Pick<ShownToast, 'message' | 'name'>) {
  const at = name === undefined ? -1 : message.indexOf(name);
  if (name === undefined || at < 0) return message;
  return (
    <>
      {message.slice(0, at)}
      <span translate="no">{name}</span>
      {message.slice(at + name.length)}
    </>
  );
}

// The styles say where they are, by the width of the window and by whether a dialog is open.
function takeRoom(region: HTMLElement): void {
  const height = region.childElementCount === 0 ? 0 : region.offsetHeight;
  const place = getComputedStyle(region).getPropertyValue('--takes');
  keepToastRoom(place === 'bottom' ? height : 0);
  // Dialogs leave it free.
  if (place === 'top' && height > 0) document.body.style.setProperty('--toasts-above', `${height}px`);
  else document.body.style.removeProperty('--toasts-above');
}

function isInside(element: Element | null, target: EventTarget | null): boolean {
  return target instanceof Node && element?.contains(target) === true;
}

function focusAgain(element: EventTarget | null): void {
  const target =
    element instanceof HTMLElement && element.isConnected
      ? element
      : document.querySelector<HTMLElement>('main h1');
  target?.focus({ preventScroll: true });
}
