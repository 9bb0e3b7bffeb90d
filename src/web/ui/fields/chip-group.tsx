import styles from './chip-group.module.css';

interface ChipGroupProps<T> {
  /** What is chosen, for the accessible name. */
  label: string;
  /** `count`: how many there are of it; absent where that is not known. */
  options: readonly { value: T; words: string; title?: string | undefined; count?: string | undefined }[];
  value: T;
  onChange: (value: T) => void;
}

/** A choice of one among few, all of them in sight. */
export function ChipGroup<T extends string | null>({ label, options, value, onChange }: ChipGroupProps<T>) {
  return (
    <fieldset aria-label={label} className={styles['group']}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          className={styles['chip']}
          title={option.title}
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          <bdi>{option.words}</bdi>
          {option.count !== undefined && <span className={styles['count']}> {option.count}</span>}
        </button>
      ))}
    </fieldset>
  );
}
