import { Link } from 'react-router';
import { paths } from '#web/lib/paths.ts';
import { buttonClass } from '#web/ui/button.tsx';
import { MessagePage } from '#web/ui/messages/message-page.tsx';

/** An address that names nothing. */
export function NotFoundPage() {
  return (
    <>
      <title>Page not found · Touchmark</title>
      <MessagePage
        title="There is no such page"
        actions={
          <Link to={paths.servers()} className={buttonClass({ variant: 'primary' })}>
            Go to your servers
          </Link>
        }
      >
        The address may be mistyped, or what it named is gone.
      </MessagePage>
    </>
  );
}
