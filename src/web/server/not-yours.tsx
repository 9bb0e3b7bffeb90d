import { parseQualifiedName } from '#contract/qualified-name.ts';
import { Notice } from '#web/ui/messages/notice.tsx';

/** Says of a server that the session has no right to change that it is shown as everybody sees it. */
export function NotYours({ qualifiedName }: { qualifiedName: string }) {
  return (
    <Notice tone="neutral" title="This is not one of your servers">
      The registry does not name{' '}
      <bdi translate="no">
        <b>{parseQualifiedName(qualifiedName)?.namespace}</b>
      </bdi>{' '}
      among the namespaces of your key. You see what everybody sees of it, and can change nothing here.
    </Notice>
  );
}
