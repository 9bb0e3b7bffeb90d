import { useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { useListAddress } from '#web/components/list-place.ts';
import { QualifiedName } from '#web/components/server-marks/qualified-name.tsx';
import { serverAt } from '#web/lib/paths.ts';
import { Button } from '#web/ui/button.tsx';
import { Panel } from '#web/ui/panel.tsx';
import styles from './danger-zone.module.css';
import type { DeleteTarget } from './delete-attempt.ts';
import { DeleteDialog } from './delete-dialog.tsx';

interface DangerZoneProps {
  target: DeleteTarget;
  isLoading: boolean;
  /** False where it turned out that the server is another's: a dialog that is open stays, and says so. */
  isOwn: boolean;
}

/** The danger zone of a server's page. */
export function DangerZone({ target, isLoading, isOwn }: DangerZoneProps) {
  // Kept as it was when the dialog opened: a page that changes behind it never changes what dies.
  const [frozenTarget, setFrozenTarget] = useState<DeleteTarget>();
  const trigger = useRef<HTMLButtonElement>(null);
  const navigate = useNavigate();
  const listAddress = useListAddress();

  const leave = () => {
    // Whoever walked to another page meanwhile stays there.
    if (serverAt(window.location.pathname) !== target.qualifiedName) return;
    // First, or the list is drawn where this page was scrolled to, and then again at its top.
    window.scrollTo(0, 0);
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    void navigate(listAddress, { replace: true, flushSync: true });
  };

  return (
    <>
      {isOwn && (
        <Panel title="Danger zone" tone="danger">
          <div className={styles['act']}>
            <p className={styles['words']}>
              Deletes <QualifiedName name={target.qualifiedName} className={styles['name']} /> from the
              registry with its releases, logs, secrets and domains. This cannot be undone.
            </p>
            <Button
              ref={trigger}
              variant="danger-outline"
              disabled={isLoading}
              aria-haspopup="dialog"
              onClick={() => setFrozenTarget(target)}
            >
              Delete server
            </Button>
          </div>
        </Panel>
      )}
      {frozenTarget !== undefined && (
        <DeleteDialog
          target={frozenTarget}
          current={target}
          onClose={() => setFrozenTarget(undefined)}
          onGone={leave}
          returnFocus={trigger}
        />
      )}
    </>
  );
}
