import { TriangleAlert } from 'lucide-react';
import type { Unreadable } from '#contract/registry-answers.ts';
import styles from './unreadable-note.module.css';
import { unreadableWords } from './unreadable-words.ts';

/** Beside what an answer of the registry shows: how much of it is not there because it could not be read. */
export function UnreadableNote({ unreadable }: { unreadable: Unreadable | undefined }) {
  const words = unreadable && unreadableWords(unreadable);
  if (words === undefined) return null;
  return (
    <span
      className={styles['note']}
      title="The registry gave something that its API does not promise. What is shown is the rest."
    >
      <TriangleAlert size={14} aria-hidden />
      {words}
    </span>
  );
}
