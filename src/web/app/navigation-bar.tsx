import { NavLink, useLocation } from 'react-router';
import { useListAddress } from '#web/components/list-place.ts';
import { paths } from '#web/lib/paths.ts';
import { classNames } from '#web/ui/class-names.ts';
import styles from './navigation-bar.module.css';

const links = [
  { to: paths.servers(), words: 'Servers' },
  { to: paths.activity(), words: 'Activity' },
] as const;
// Only our own registry lets clients in by their owner's word.
const ofOwnRegistry = { to: paths.clients(), words: 'Clients' } as const;

/** The parts of the dashboard; where one is, is marked. `isOwnRegistry` is false until it is known. */
export function NavigationBar({ isOwnRegistry }: { isOwnRegistry: boolean }) {
  const { pathname } = useLocation();
  const listAddress = useListAddress();
  return (
    <nav aria-label="Main">
      <ul className={styles['links']}>
        {[...links, ...(isOwnRegistry ? [ofOwnRegistry] : [])].map(({ to, words }) => (
          <li key={to}>
            {/* From elsewhere the list is as it was left, from itself it is whole again. */}
            <NavLink
              to={to === paths.servers() && pathname !== to ? listAddress : to}
              className={classNames(styles['link'])}
            >
              {words}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
