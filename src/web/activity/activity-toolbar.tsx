import { X } from 'lucide-react';
import { OTHER_KEYS, OUTCOME_FILTERS, OWN_KEY, type OutcomeFilter } from '#contract/activity.ts';
import { actionChoices } from '#web/components/activity/activity-words.ts';
import { QualifiedName } from '#web/components/server-marks/qualified-name.tsx';
import { Button } from '#web/ui/button.tsx';
import { SearchBox } from '#web/ui/fields/search-box.tsx';
import { Select } from '#web/ui/fields/select.tsx';
import styles from './activity-toolbar.module.css';
import { type ActivityView, isNarrowed, wholeActivity } from './activity-view.ts';

interface ActivityToolbarProps {
  view: ActivityView;
  onChange: (change: Partial<ActivityView>) => void;
  /** The users that are known of; null where the desk knows no more than which key it was. */
  persons: readonly string[] | null;
}

const outcomes: Readonly<Record<OutcomeFilter, string>> = {
  applied: 'Done',
  succeeded: 'Release is live',
  failed: 'Release failed',
  waiting: 'Release needs sign-in',
  refused: 'Turned down',
  unclear: 'Unclear',
};
// Of what the ledger alone can tell.
const ofLedger = new Set<string>(['applied', 'refused', 'unclear']);
const ledgerActions = new Set<string>(['server.delete', 'server.update']);

/** Search and filters of Activity. */
export function ActivityToolbar({ view, onChange, persons }: ActivityToolbarProps) {
  const isWhole = persons !== null;
  const people = isWhole
    ? persons.map((name) => ({ value: name, words: name }))
    : [
        { value: OWN_KEY, words: 'This key' },
        { value: OTHER_KEYS, words: 'Other keys' },
      ];
  const actions = actionChoices.filter(({ value }) => isWhole || ledgerActions.has(value));
  const ends = OUTCOME_FILTERS.filter((outcome) => isWhole || ofLedger.has(outcome)).map((value) => ({
    value,
    words: outcomes[value],
  }));
  return (
    <search className={styles['toolbar']}>
      <SearchBox label="Search activity" value={view.query} onChange={(query) => onChange({ query })} />
      <div className={styles['filters']}>
        <Choice
          label="Person"
          any="Anyone"
          options={people}
          value={view.person}
          onChange={(person) => onChange({ person })}
        />
        <Choice
          label="Action"
          any="Any"
          options={actions}
          value={view.action}
          onChange={(action) => onChange({ action })}
        />
        <Choice
          label="Outcome"
          any="Any"
          options={ends}
          value={view.outcome}
          onChange={(outcome) => onChange({ outcome })}
        />
        <Day label="From" value={view.from} max={view.to} onChange={(from) => onChange({ from })} />
        <Day label="To" value={view.to} min={view.from} onChange={(to) => onChange({ to })} />
        {view.server !== null && (
          <Button aria-label={`Not only ${view.server}`} onClick={() => onChange({ server: null })}>
            <span className={styles['server']}>
              Only <QualifiedName name={view.server} className={styles['name']} />
            </span>
            <X size={14} aria-hidden />
          </Button>
        )}
        {isNarrowed(view) && (
          <Button variant="ghost" onClick={() => onChange({ ...wholeActivity })}>
            Clear filters
          </Button>
        )}
      </div>
    </search>
  );
}

interface ChoiceProps<T> {
  label: string;
  /** The word for all of them. */
  any: string;
  options: readonly { value: T; words: string }[];
  /** Null: any. */
  value: T | null;
  onChange: (value: T | null) => void;
}

function Choice<T extends string>({ label, any, options, value, onChange }: ChoiceProps<T>) {
  const isListed = value === null || options.some((option) => option.value === value);
  const all: { value: T | ''; words: string }[] = [
    { value: '', words: any },
    // Whom an address names, whether or not they are known here.
    ...(isListed ? [] : [{ value, words: value }]),
    ...options,
  ];
  return (
    <Select
      label={label}
      options={all}
      value={value ?? ''}
      onChange={(chosen) => onChange(chosen === '' ? null : chosen)}
    />
  );
}

interface DayProps {
  label: string;
  value: string | null;
  min?: string | null;
  max?: string | null;
  onChange: (day: string | null) => void;
}

function Day({ label, value, min, max, onChange }: DayProps) {
  return (
    <label className={styles['day']}>
      <span className={styles['label']}>{label}</span>
      <input
        type="date"
        className={styles['date']}
        // Left to the browser while it is typed: half a date is none.
        key={value}
        defaultValue={value ?? ''}
        min={min ?? undefined}
        max={max ?? '9999-12-31'}
        onChange={({ target }) => {
          // What is begun is no day yet, and is not taken away.
          if (target.value === '' ? !target.validity.badInput : Number(target.value.slice(0, 4)) >= 1970) {
            onChange(target.value === '' ? null : target.value);
          }
        }}
      />
    </label>
  );
}
