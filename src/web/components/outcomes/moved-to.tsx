import { Link } from 'react-router';
import { QualifiedName } from '#web/components/server-marks/qualified-name.tsx';
import { paths } from '#web/lib/paths.ts';

/** After a failure's words: where the server is now. Nothing where it was not moved. */
export function MovedTo({ name }: { name: string | undefined }) {
  if (name === undefined) return null;
  return (
    <>
      {' '}
      Go to{' '}
      <Link to={paths.server(name)}>
        <QualifiedName name={name} />
      </Link>
      .
    </>
  );
}
