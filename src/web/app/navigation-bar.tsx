import { NavLink } from 'react-router';
import { paths } from '#web/lib/paths.ts';
import { classNames } from '#web/ui/class-names.ts';
import styles from './navigation-bar.module.css';

const links = [
  { to: paths.servers(), words: 'Servers' },
  { to: paths.activity(), words: 'Activity' },
] as const;

/** The parts of the dashboard; where one is, is marked. */
export function NavigationBar() {
  return (
    <nav aria-label="Main">
      <ul className={styles['links']}>
        {links.map(({ to, words }) => (
          <li key={to}>
            <NavLink to={to} className={classNames(styles['link'])}>
              {words}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
