import type { ExpressionBuilder, Kysely } from 'kysely';
import type { SessionRow } from '#database/gateway-tables.ts';
import type { Database } from '#database/schema.ts';
import type { OwnedNamespace, Session } from '#gateway/http/gateway-env.ts';
import { hashToken, randomToken, sameHash, type Vault } from '#platform/sealing.ts';
import type { SessionEnd } from './session-audit.ts';

export const SESSION_HOURS = 8;
const ABSOLUTE_MS = SESSION_HOURS * 3_600_000;
const IDLE_MS = 30 * 60_000;
// How fresh `seen_at` is kept: a write a request would cost more than it tells.
const SEEN_EVERY_MS = 60_000;
// The page notices at once that its cookie was not kept.
const SWAP_MS = 60_000;

/** A session's token as a browser sent it. */
export interface SentCookie {
  token: string;
  /** True where it came under the plain name, under which any page of this host could have set it. */
  plain: boolean;
  /** What only our own page can add; undefined where it added nothing. */
  pageSecret: string | undefined;
  /** An `<img>` of our own page, which can add nothing. */
  isImage: boolean;
}

interface NewSession {
  apiKey: string;
  minted: boolean;
  namespaces: OwnedNamespace[];
  userAgent: string | null;
  /** True where its cookie gets the plain name. */
  plain: boolean;
  /** Of the page that signs in; undefined where it named none. */
  pageSecret: string | undefined;
}

/** Writes a session's beginning or end down, within the transaction that makes it so: both are there, or neither. */
type Written = (trx: Kysely<Database>, session: Session) => Promise<void>;

/** The sessions of one registry. Every method rejects where the database fails. */
export interface SessionStore {
  /** Opens a session; `token` is the cookie's value and is kept nowhere. */
  open(session: NewSession, written: Written): Promise<{ token: string; session: Session }>;
  /** The live session of this cookie; undefined where there is none or it has ended. Counts as use. */
  use(cookie: SentCookie): Promise<Session | undefined>;
  /** The live session of this cookie, without counting as use. */
  find(cookie: SentCookie): Promise<Session | undefined>;
  /** The session of this hash, however old; undefined where it was ended. */
  current(idHash: string): Promise<Session | undefined>;
  /**
   * Gives the session that the page with this secret has just begun another token, for the plain cookie; the earlier one
   * is dead then. Undefined where that page began none within a minute, or it has its plain cookie already.
   */
  makePlain(pageSecret: string): Promise<{ token: string; session: Session } | undefined>;
  /** Ends it; false, with nothing written down, where it had ended before. */
  end(session: Session, written: Written): Promise<boolean>;
  setNamespaces(idHash: string, namespaces: OwnedNamespace[]): Promise<void>;
  /** Forgets sessions past their time, whichever it was, and returns those of this registry. */
  sweep(
    written: (trx: Kysely<Database>, session: Session, how: SessionEnd) => Promise<void>,
  ): Promise<Session[]>;
}

interface Options {
  db: Kysely<Database>;
  vault: Vault;
  /** The registry's URL, or `embedded`. */
  registry: string;
  now: () => Date;
}

export function createSessionStore({ db, vault, registry, now }: Options): SessionStore {
  async function open(
    { apiKey, minted, namespaces, userAgent, plain, pageSecret }: NewSession,
    written: Written,
  ) {
    const token = randomToken();
    const row: SessionRow = {
      id_hash: hashToken(token),
      registry,
      key_sealed: vault.seal(apiKey, sealedFor(hashToken(token))),
      key_print: vault.print(apiKey),
      key_minted: minted ? 1 : 0,
      namespaces: JSON.stringify(namespaces),
      namespaces_at: now().toISOString(),
      user_agent: userAgent,
      created_at: now().toISOString(),
      seen_at: now().toISOString(),
      plain_cookie: plain ? 1 : 0,
      page_hash: pageSecret === undefined ? null : hashToken(pageSecret),
    };
    const session = toSession(row, apiKey);
    await db.transaction().execute(async (trx) => {
      await trx.insertInto('sessions').values(row).execute();
      await written(trx, session);
    });
    return { token, session };
  }

  async function liveRow({ token, ...sent }: SentCookie): Promise<SessionRow | undefined> {
    const row = await db
      .selectFrom('sessions')
      .selectAll()
      .where('id_hash', '=', hashToken(token))
      .where('registry', '=', registry)
      .executeTakeFirst();
    if (row === undefined || age(row.created_at) >= ABSOLUTE_MS || age(row.seen_at) >= IDLE_MS)
      return undefined;
    return isItsOwn(row, sent) ? row : undefined;
  }

  function opened(row: SessionRow | undefined): Session | undefined {
    // Sealed with another secret: nobody can use it any more.
    const apiKey = row && vault.open(row.key_sealed, sealedFor(row.id_hash));
    return row === undefined || apiKey === undefined ? undefined : toSession(row, apiKey);
  }

  function isOver(e: ExpressionBuilder<Database, 'sessions'>) {
    const ago = (ms: number) => new Date(now().getTime() - ms).toISOString();
    return e.or([e('created_at', '<=', ago(ABSOLUTE_MS)), e('seen_at', '<=', ago(IDLE_MS))]);
  }

  function age(time: string): number {
    return now().getTime() - Date.parse(time);
  }

  return {
    open,
    find: async (cookie) => opened(await liveRow(cookie)),
    async use(cookie) {
      const row = await liveRow(cookie);
      if (row === undefined || age(row.seen_at) < SEEN_EVERY_MS) return opened(row);
      const seen_at = now().toISOString();
      const isWritten = await db
        .updateTable('sessions')
        .set({ seen_at })
        .where('id_hash', '=', row.id_hash)
        .execute()
        .then(
          () => true,
          // A database that cannot be written to now must not sign anybody out.
          () => false,
        );
      return opened(isWritten ? { ...row, seen_at } : row);
    },
    async current(idHash) {
      return opened(
        await db.selectFrom('sessions').selectAll().where('id_hash', '=', idHash).executeTakeFirst(),
      );
    },
    async makePlain(pageSecret) {
      const row = await db
        .selectFrom('sessions')
        .selectAll()
        .where('page_hash', '=', hashToken(pageSecret))
        .where('plain_cookie', '=', 0)
        .where('registry', '=', registry)
        .where('created_at', '>', new Date(now().getTime() - SWAP_MS).toISOString())
        .orderBy('created_at', 'desc')
        .executeTakeFirst();
      const session = opened(row);
      if (row === undefined || session === undefined) return undefined;
      const token = randomToken();
      const idHash = hashToken(token);
      const { numUpdatedRows } = await db
        .updateTable('sessions')
        .set({ id_hash: idHash, key_sealed: vault.seal(session.apiKey, sealedFor(idHash)), plain_cookie: 1 })
        // Another call may have been as quick.
        .where('id_hash', '=', row.id_hash)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n ? { token, session: { ...session, idHash } } : undefined;
    },
    end: async (session, written) =>
      db.transaction().execute(async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom('sessions')
          .where('id_hash', '=', session.idHash)
          .executeTakeFirstOrThrow();
        if (numDeletedRows === 0n) return false;
        await written(trx, session);
        return true;
      }),
    async setNamespaces(idHash, namespaces) {
      await db
        .updateTable('sessions')
        .set({ namespaces: JSON.stringify(namespaces), namespaces_at: now().toISOString() })
        .where('id_hash', '=', idHash)
        .execute();
    },
    async sweep(written) {
      // Looked for first: a write would wait for other writers even where there is nothing to do.
      const over = await db.selectFrom('sessions').select('id_hash').where(isOver).execute();
      const swept: Session[] = [];
      for (const { id_hash } of over) {
        const session = await db.transaction().execute(async (trx) => {
          const row = await trx
            .deleteFrom('sessions')
            .where('id_hash', '=', id_hash)
            .where(isOver)
            .returningAll()
            .executeTakeFirst();
          if (row?.registry !== registry) return undefined;
          // Of one sealed with another secret, only its beginning tells whose it was.
          const ended = opened(row) ?? toSession(row, '');
          await written(trx, ended, ended.idleAt < ended.expiresAt ? 'idle' : 'over');
          return ended;
        });
        if (session !== undefined) swept.push(session);
      }
      return swept;
    },
  };
}

/** Sessions that have not ended, of whatever registry. */
export function liveSessions(db: Kysely<Database>, now: Date) {
  const ago = (ms: number) => new Date(now.getTime() - ms).toISOString();
  return db
    .selectFrom('sessions')
    .select('id_hash')
    .where('created_at', '>', ago(ABSOLUTE_MS))
    .where('seen_at', '>', ago(IDLE_MS));
}

// Any page of this host, whatever its port, can set a plain cookie: alone it proves nothing.
function isItsOwn(row: SessionRow, { plain, pageSecret, isImage }: Omit<SentCookie, 'token'>): boolean {
  if (plain !== (row.plain_cookie === 1)) return false;
  if (!plain || isImage) return true;
  return pageSecret !== undefined && sameHash(hashToken(pageSecret), row.page_hash ?? '');
}

// A sealed key moved to another session's row must not open there.
function sealedFor(idHash: string): string {
  return `session ${idHash}`;
}

function toSession(row: SessionRow, apiKey: string): Session {
  return {
    idHash: row.id_hash,
    // Stays when its token is replaced.
    name: hashToken(`session ${row.key_print} ${row.created_at}`).slice(0, 16),
    apiKey,
    actor: row.key_print,
    minted: row.key_minted === 1,
    namespaces: JSON.parse(row.namespaces) as OwnedNamespace[],
    namespacesAt: new Date(row.namespaces_at),
    expiresAt: new Date(Date.parse(row.created_at) + ABSOLUTE_MS),
    idleAt: new Date(Date.parse(row.seen_at) + IDLE_MS),
  };
}
