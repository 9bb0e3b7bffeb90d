import { Link } from 'react-router';
import { useListAddress } from '#web/components/list-place.ts';
import { paths } from '#web/lib/paths.ts';
import { buttonClass } from '#web/ui/button.tsx';

/** Where to go on from the address of a server that is not there: to the list as it was left, or to Activity. */
export function WaysOn() {
  const listAddress = useListAddress();
  return (
    <>
      <Link to={listAddress} className={buttonClass({ variant: 'primary' })}>
        Back to servers
      </Link>
      <Link to={paths.activity()} className={buttonClass({})}>
        See activity
      </Link>
    </>
  );
}
