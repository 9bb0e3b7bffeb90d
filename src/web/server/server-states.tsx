import { type ReactNode, useEffect } from 'react';
import { Link } from 'react-router';
import { QualifiedName } from '#web/components/qualified-name.tsx';
import { paths } from '#web/lib/paths.ts';
import { buttonClass } from '#web/ui/button.tsx';
import { MessagePage } from '#web/ui/messages/message-page.tsx';
import { RequestId } from '#web/ui/messages/request-id.tsx';

interface NotThereProps {
  qualifiedName: string;
  requestId: string | null;
}

/** The registry shows no server of this name. */
export function ServerNotFound({ qualifiedName, requestId }: NotThereProps) {
  return (
    <GonePage title="Server not found">
      <p>
        No server named <QualifiedName name={qualifiedName} /> that this key can see. It may have been
        deleted, or its name is mistyped.
      </p>
      <RequestId id={requestId} />
    </GonePage>
  );
}

/** The registry shows no server of this name any more, and this page did. Whether it was deleted or moved is not told. */
export function ServerGone({ qualifiedName, requestId }: NotThereProps) {
  useHeadingFocus();
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

/** The server was deleted in another tab while this one showed it. */
export function ServerDeletedElsewhere({ qualifiedName }: { qualifiedName: string }) {
  useHeadingFocus();
  return (
    <GonePage title="Deleted in another tab">
      <p>
        <QualifiedName name={qualifiedName} /> is gone: its delete was asked for elsewhere in this browser.
        Nothing is left to show here.
      </p>
    </GonePage>
  );
}

// What had the focus is gone without the person's doing; the new heading says why.
function useHeadingFocus(): void {
  useEffect(() => document.querySelector<HTMLElement>('main h1')?.focus(), []);
}

function GonePage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <title>{`${title} · Touchmark`}</title>
      <MessagePage
        title={title}
        actions={
          <>
            <Link to={paths.servers()} className={buttonClass({ variant: 'primary' })}>
              Back to servers
            </Link>
            <Link to={paths.activity()} className={buttonClass({})}>
              See activity
            </Link>
          </>
        }
      >
        {children}
      </MessagePage>
    </>
  );
}
