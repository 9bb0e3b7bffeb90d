import { CircleHelp } from 'lucide-react';
import { useId, useState } from 'react';
import { Button } from '#web/ui/button.tsx';
import styles from './filter-rules.module.css';
import { FILTERS } from './filters.ts';

/** What each filter means, in one table that a button opens. */
export function FilterRules() {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <div className={styles['box']}>
      <Button
        variant="ghost"
        iconOnly
        aria-label="What the filters mean"
        title="What the filters mean"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={({ key }) => {
          if (key === 'Escape') setOpen(false);
        }}
        onBlur={({ relatedTarget }) => {
          // A press on the table itself, as to select a text, leads nowhere else.
          if (relatedTarget !== null) setOpen(false);
        }}
      >
        <CircleHelp size={16} aria-hidden />
      </Button>
      <dl id={id} className={styles['panel']} aria-label="What the filters mean" hidden={!isOpen}>
        {FILTERS.map(({ filter, words, rules }) => (
          <div key={filter} className={styles['filter']}>
            <dt>{words}</dt>
            <dd>
              {rules.map((rule) => (
                <p key={rule}>{rule}</p>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
