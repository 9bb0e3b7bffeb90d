import { ownedServerExtension } from '#contract/owned-servers.ts';
import type { Session } from '#gateway/http/gateway-env.ts';
import type { Reading } from '#gateway/registry/lenient-shapes.ts';
import { readAnswer } from '#gateway/registry/registry-answers.ts';
import type { RegistryCalls } from '#gateway/registry/registry-calls.ts';
import { badAnswer, registryProblem } from '#gateway/registry/registry-problem.ts';
import type { Sessions } from '#gateway/sessions/sessions.ts';
import { ownedServerPage, serverCounts } from './owned-server-answers.ts';
import type { OwnedServerIndex } from './owned-server-index.ts';
import type { OwnedServerQuery } from './owned-server-query.ts';

interface Options {
  sessions: Pick<Sessions, 'endIfRefused'>;
  calls: RegistryCalls;
  now: () => Date;
}

/** The index of our own registry, which answers by queries of its own: nothing is kept here. */
export function createEmbeddedIndex({ sessions, calls, now }: Options): OwnedServerIndex {
  async function ask<Answer>(session: Session, path: string, query: URLSearchParams, read: Reading<Answer>) {
    const outcome = await calls.read({ method: 'GET', path, query, apiKey: session.apiKey });
    await sessions.endIfRefused(session, outcome);
    if (outcome.kind !== 'answered' || outcome.status !== 200) throw registryProblem(outcome, now());
    const answer = readAnswer(outcome.body, read);
    if (answer === undefined) throw badAnswer();
    return answer;
  }

  return {
    // The registry judges each request by the rights of its key.
    withRights: async (session) => session,
    async page(session, query) {
      const { answer, unreadable } = await ask(
        session,
        ownedServerExtension.servers(),
        parametersOf(query),
        ownedServerPage,
      );
      return { page: answer, unreadable };
    },
    async counts(session) {
      const path = ownedServerExtension.counts();
      return (await ask(session, path, new URLSearchParams(), serverCounts)).answer;
    },
    noteChange: async () => {},
    close: async () => {},
  };
}

function parametersOf(query: OwnedServerQuery): URLSearchParams {
  if (query.names !== null) return new URLSearchParams(query.names.map((name) => ['name', name]));
  const { sort, direction, limit, cursor } = query;
  return new URLSearchParams({
    sort,
    direction,
    limit: String(limit),
    ...(cursor === null ? {} : { cursor }),
  });
}
