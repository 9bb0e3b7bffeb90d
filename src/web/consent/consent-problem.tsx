import { Link } from 'react-router';
import { paths } from '#web/lib/paths.ts';
import { buttonClass } from '#web/ui/button.tsx';
import styles from './consent-page.module.css';

const AGAIN = 'Start connecting anew in your client.';

// By the codes of RFC 6749, and our own `over`.
const words: Readonly<Record<string, string>> = {
  over: 'It was answered already, or is older than 10 minutes.',
  invalid_client:
    'Touchmark does not know this client, or could not read the document about it. A client that was connected before may have to forget what it saved; mcp-remote keeps it in the folder ~/.mcp-auth.',
  invalid_request:
    'The client’s request is incomplete, or wants the answer sent to an address that it did not register. Nothing was sent there.',
  temporarily_unavailable: 'Too many clients asked for access just now. Wait a minute.',
  server_error: 'Touchmark met an error of its own; its log tells more.',
};

/** Says why there is nothing to answer. `code` is outside text and never shown. */
export function ConsentProblem({ code }: { code: string | null }) {
  const known = code !== null && Object.hasOwn(words, code) ? words[code] : undefined;
  return (
    <>
      <h1 className={styles['title']} tabIndex={-1}>
        This request for access cannot be answered
      </h1>
      <p>
        {known ?? 'The address names no request.'} {AGAIN}
      </p>
      <div className={styles['buttons']}>
        <Link to={paths.servers()} className={buttonClass({})}>
          Go to your servers
        </Link>
      </div>
    </>
  );
}
