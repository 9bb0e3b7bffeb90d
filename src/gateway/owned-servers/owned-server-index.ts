import type { OwnedServerPage, ServerCounts } from '#contract/owned-servers.ts';
import type { Unreadable } from '#contract/registry-answers.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { Session } from '#gateway/http/gateway-env.ts';
import type { OwnedServerQuery } from './owned-server-query.ts';

/** A page, and how much of what the registry told of its servers could not be read. */
export interface ReadPage {
  page: OwnedServerPage;
  unreadable: Unreadable;
}

/** The servers of whoever is signed in, of all their namespaces. Every method throws a Problem where it cannot answer. */
export interface OwnedServerIndex {
  /** The session with the rights that the others go by. */
  withRights(session: Session): Promise<Session>;
  page(session: Session, query: OwnedServerQuery): Promise<ReadPage>;
  counts(session: Session): Promise<ServerCounts>;
  /** Notes what became of a change through here, and with which body, where it had one of JSON. Never rejects. */
  noteChange(entry: OperationRow, body: Readonly<Record<string, unknown>> | null): Promise<void>;
  /** Ends what goes on in the background. */
  close(): Promise<void>;
}
