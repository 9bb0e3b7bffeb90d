import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import type { ActivityEntry } from '#contract/activity.ts';
import { changeKey } from '#web/api/activity.ts';
import { ActivityOutcome } from '#web/components/activity/activity-outcome.tsx';
import { ActivityWhat } from '#web/components/activity/activity-what.tsx';
import { askedWords, originWords, personWords } from '#web/components/activity/activity-words.ts';
import { isolated } from '#web/lib/isolated-text.ts';
import { classNames } from '#web/ui/class-names.ts';
import { Table, TableRow } from '#web/ui/table.tsx';
import { ExactTime } from '#web/ui/time/exact-time.tsx';
import { ActivityDetails } from './activity-details.tsx';
import styles from './activity-table.module.css';
import type { ActivityView } from './activity-view.ts';

const columns = [{ name: 'When' }, { name: 'Who' }, { name: 'What' }, { name: 'From' }, { name: 'Outcome' }];

interface ActivityTableProps {
  entries: readonly ActivityEntry[];
  /** Whether these are all. */
  isAll: boolean;
  onNarrow: (change: Partial<ActivityView>) => void;
}

/** What happened, a row each; a row opens to all that is known of it. */
export function ActivityTable({ entries, isAll, onNarrow }: ActivityTableProps) {
  return (
    <Table
      label="Activity"
      columns={columns}
      rowCount={isAll ? entries.length : undefined}
      className={styles['table']}
    >
      <tbody>
        {entries.map((entry, index) => (
          <ActivityRow key={changeKey(entry)} entry={entry} index={index} onNarrow={onNarrow} />
        ))}
      </tbody>
    </Table>
  );
}

interface ActivityRowProps extends Pick<ActivityTableProps, 'onNarrow'> {
  entry: ActivityEntry;
  index: number;
}

function ActivityRow({ entry, index, onNarrow }: ActivityRowProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const person = personWords(entry);
  const cell = styles['cell'];
  return (
    <TableRow index={index} className={classNames(styles['row'], isOpen && styles['opened'])}>
      <td>
        <span className={styles['when']}>
          <button
            type="button"
            className={styles['open']}
            aria-expanded={isOpen}
            aria-controls={id}
            aria-label={`Details: ${askedWords(entry)} ${isolated(entry.target ?? '')}`.trimEnd()}
            onClick={() => setOpen(!isOpen)}
          >
            <ChevronRight size={16} aria-hidden />
          </button>
          <span>
            <ExactTime time={entry.at} />
          </span>
        </span>
      </td>
      <td className={classNames(cell, styles['who'])}>
        {person.isNamed ? <bdi translate="no">{person.name}</bdi> : person.name}
        {person.key !== undefined && (
          <span className={styles['small']}>
            <bdi>{person.key}</bdi>
          </span>
        )}
      </td>
      <td className={classNames(cell, styles['whatCell'])}>
        <span className={styles['what']}>
          <ActivityWhat entry={entry} />
        </span>
      </td>
      <td className={classNames(cell, styles['from'])}>
        {originWords(entry)}
        {/* What the registry does by itself is done by no program of somebody. */}
        {(entry.product !== null || entry.actor.kind !== 'registry') && (
          <span className={styles['small']}>
            <bdi>{entry.product ?? 'Program not named'}</bdi>
          </span>
        )}
      </td>
      <td className={styles['outcome']}>
        <ActivityOutcome entry={entry} />
      </td>
      {isOpen && (
        <td id={id} colSpan={columns.length}>
          <ActivityDetails entry={entry} onNarrow={onNarrow} />
        </td>
      )}
    </TableRow>
  );
}
