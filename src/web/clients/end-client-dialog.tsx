import { useMutation } from '@tanstack/react-query';
import { type RefObject, useRef } from 'react';
import type { ConnectedClient } from '#contract/connected-clients.ts';
import { endClientMutation } from '#web/api/clients.ts';
import { clientName } from '#web/components/who/client-words.ts';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { isolated } from '#web/lib/isolated-text.ts';
import { Button } from '#web/ui/button.tsx';
import { Dialog } from '#web/ui/dialog/dialog.tsx';
import { showToast } from '#web/ui/toast/toast.tsx';

interface EndClientDialogProps {
  connected: ConnectedClient;
  onClose: () => void;
  /** Its access has ended. */
  onEnded: () => void;
  returnFocus: RefObject<HTMLElement | null>;
}

/** Asks before the access of a client ends. */
export function EndClientDialog({ connected, onClose, onEnded, returnFocus }: EndClientDialogProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  const { mutate, isPending, error } = useMutation(endClientMutation());
  const name = clientName(connected.client);
  const end = () =>
    mutate(connected.id, {
      onSuccess: () => {
        onEnded();
        showToast({ tone: 'success', message: `Ended the access of ${isolated(name)}` });
      },
    });
  return (
    <Dialog
      title={
        <>
          End the access of <bdi>{name}</bdi>?
        </>
      }
      description="Its next call is refused. It can ask you for access again."
      footer={error !== null && <FailureNotice title="Its access did not end" error={error} />}
      buttons={
        <>
          <Button ref={cancel} onClick={onClose} disabled={isPending}>
            Cancel, keep access
          </Button>
          <Button type="submit" variant="danger" pending={isPending}>
            End access
          </Button>
        </>
      }
      onSubmit={() => {
        if (!isPending) end();
      }}
      onClose={onClose}
      isLocked={isPending}
      initialFocus={cancel}
      returnFocus={returnFocus}
    />
  );
}
