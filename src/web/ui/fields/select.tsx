import { ChevronDown } from 'lucide-react';
import styles from './select.module.css';

interface SelectProps<T> {
  label: string;
  options: readonly { value: T; words: string }[];
  value: T;
  onChange: (value: T) => void;
}

/** A choice of one among many, by the platform's own control. The label stands before the value. */
export function Select<T extends string>({ label, options, value, onChange }: SelectProps<T>) {
  return (
    <label className={styles['select']}>
      <span className={styles['label']}>{label}</span>
      <select
        className={styles['control']}
        value={value}
        onChange={(event) => {
          const chosen = options[event.target.selectedIndex];
          if (chosen !== undefined) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.words}
          </option>
        ))}
      </select>
      <ChevronDown className={styles['arrow']} size={14} aria-hidden />
    </label>
  );
}
