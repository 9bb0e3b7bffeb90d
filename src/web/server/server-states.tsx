import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { tombstoneQuery } from '#web/api/activity.ts';
import { QualifiedName } from '#web/components/server-marks/qualified-name.tsx';
import { MessagePage } from '#web/ui/messages/message-page.tsx';
import { RequestId } from '#web/ui/messages/request-id.tsx';
import { TombstonePage } from './history/tombstone-page.tsx';
import { WaysOn } from './history/ways-on.tsx';

interface NotThereProps {
  qualifiedName: string;
  requestId: string | null;
  /** True where this page has shown it. */
  wasThere: boolean;
}

/** The registry shows no server of this name: what is known of one that had it, or that nothing is. */
export function ServerNotThere({ qualifiedName, requestId, wasThere }: NotThereProps) {
  const { data: tombstone, isPending } = useQuery(tombstoneQuery(qualifiedName));
  // Which of the pages it will be is known in a moment.
  if (isPending) return <output>Asking what is known of it…</output>;
  if (tombstone === undefined || tombstone === null) {
    return wasThere ? (
      <ServerGone qualifiedName={qualifiedName} requestId={requestId} />
    ) : (
      <ServerNotFound qualifiedName={qualifiedName} requestId={requestId} />
    );
  }
  return (
    <TombstonePage qualifiedName={qualifiedName} tombstone={tombstone}>
      {wasThere ? (
        <p>
          <QualifiedName name={qualifiedName} /> no longer exists under this name. That was done while this
          page was open.
        </p>
      ) : undefined}
    </TombstonePage>
  );
}

/** The server was deleted in another tab while this one showed it. */
export function ServerDeletedElsewhere({ qualifiedName }: { qualifiedName: string }) {
  const { data: tombstone } = useQuery(tombstoneQuery(qualifiedName));
  return (
    <TombstonePage qualifiedName={qualifiedName} tombstone={tombstone ?? undefined}>
      <p>Deleted in another tab of this browser while this page was open.</p>
    </TombstonePage>
  );
}

function ServerNotFound({ qualifiedName, requestId }: Omit<NotThereProps, 'wasThere'>) {
  return (
    <GonePage title="Server not found">
      <p>
        No server named <QualifiedName name={qualifiedName} /> that this key can see, and nothing is known of
        one that was. Its name may be mistyped.
      </p>
      <RequestId id={requestId} />
    </GonePage>
  );
}

// Whether it was deleted or moved is not told.
function ServerGone({ qualifiedName, requestId }: Omit<NotThereProps, 'wasThere'>) {
  // What had the focus is gone without the person's doing; the new heading says why.
  useEffect(() => document.querySelector<HTMLElement>('main h1')?.focus(), []);
  return (
    <GonePage title="Server no longer there">
      <p>
        <QualifiedName name={qualifiedName} /> no longer exists under this name, or this key may no longer see
        it. That was done while this page was open, by another program or another person.
      </p>
      <RequestId id={requestId} />
    </GonePage>
  );
}

function GonePage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <title>{`${title} · Touchmark`}</title>
      <MessagePage title={title} actions={<WaysOn />}>
        {children}
      </MessagePage>
    </>
  );
}
