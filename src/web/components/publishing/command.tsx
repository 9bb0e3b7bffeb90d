import { CopyButton } from '#web/ui/copy-button.tsx';
import styles from './command.module.css';

/** A command for a terminal, ready to copy. */
export function Command({ text }: { text: string }) {
  return (
    <div className={styles['command']}>
      <pre className={styles['code']}>
        <code translate="no">{text}</code>
      </pre>
      <CopyButton text={text} label="Copy the command" />
    </div>
  );
}
