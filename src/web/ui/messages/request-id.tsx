import { CopyButton } from '#web/ui/copy-button.tsx';
import styles from './request-id.module.css';

/** The id under which the server's log has this request; nothing where there is none. */
export function RequestId({ id }: { id: string | null | undefined }) {
  if (id === null || id === undefined) return null;
  return (
    <span className={styles['requestId']}>
      <span>
        Request id <code>{id}</code>
      </span>
      <CopyButton text={id} label="Copy the request id" />
    </span>
  );
}
