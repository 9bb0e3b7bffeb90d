import type { Context, Hono } from 'hono';
import { UNREADABLE_HEADER } from '#contract/api-paths.ts';
import { type DeskAnswer, ownedServerPaths } from '#contract/owned-servers.ts';
import { formatUnreadable } from '#contract/registry-answers.ts';
import type { SessionInfo } from '#contract/session.ts';
import type { GatewayEnv, Session } from '#gateway/http/gateway-env.ts';
import { Problem } from '#gateway/http/problem.ts';
import type { Sessions } from '#gateway/sessions/sessions.ts';
import type { OwnedServerIndex, ReadPage } from './owned-server-index.ts';
import { readServerQuery } from './owned-server-query.ts';

interface Options {
  sessions: Pick<Sessions, 'signedIn' | 'upToDate'>;
  index: OwnedServerIndex;
  /** What is told of a session. */
  infoOf: (session: Session) => SessionInfo | Promise<SessionInfo>;
}

/** The owner's servers, how many there are, and both with the session in one answer. */
export function addOwnedServerRoutes(app: Hono<GatewayEnv>, { sessions, index, infoOf }: Options): void {
  const { signedIn } = sessions;

  app.get(ownedServerPaths.servers(), signedIn, async (c) => {
    const query = readServerQuery(c);
    const read = await index.page(await index.withRights(c.get('session')), query);
    tellUnreadable(c, read);
    return c.json(read.page);
  });

  app.get(ownedServerPaths.counts(), signedIn, async (c) =>
    c.json(await index.counts(await index.withRights(c.get('session')))),
  );

  app.get(ownedServerPaths.desk(), signedIn, async (c) => {
    const query = readServerQuery(c);
    const session = await index.withRights(c.get('session'));
    const [info, read, counts] = await Promise.allSettled([
      (async () => infoOf(await sessions.upToDate(session)))(),
      index.page(session, query),
      index.counts(session),
    ]);
    const servers = unlessFailed(read);
    if (servers !== null) tellUnreadable(c, servers);
    const counted = unlessFailed(counts);
    if (info.status === 'rejected') throw info.reason;
    return c.json({
      session: info.value,
      servers: servers?.page ?? null,
      counts: counted,
    } satisfies DeskAnswer);
  });
}

function tellUnreadable(c: Context<GatewayEnv>, { unreadable }: ReadPage): void {
  const { entries, values } = unreadable;
  if (entries + values > 0) c.header(UNREADABLE_HEADER, formatUnreadable(unreadable));
}

/** Null where it failed. Throws where that is about the session or the question, and no other path would say more. */
function unlessFailed<Part>(part: PromiseSettledResult<Part>): Part | null {
  if (part.status === 'fulfilled') return part.value;
  const { reason } = part;
  const isAboutAll =
    !(reason instanceof Problem) || reason.code === 'signed-out' || reason.code === 'bad-request';
  if (isAboutAll) throw reason;
  return null;
}
