import { z } from 'zod';
import { registryPaths } from '#contract/api-paths.ts';
import type { Settlement } from '#gateway/operations/operation-store.ts';
import type { ChangeKind, JudgedEntry } from './change-kind.ts';
import { namesServer, serverAnswer } from './server-answers.ts';
import {
  another,
  applied,
  compareServers,
  judgeGone,
  judgeOwnership,
  moved,
  refused,
} from './settlements.ts';

const text = z.string();
const textOrNull = text.nullable().optional();

// Names and types as in the Smithery Platform API. What is allowed in each is the registry's to say.
const schema = z
  .object({
    displayName: text.trim().optional(),
    description: text.optional(),
    homepage: textOrNull,
    repositoryUrl: textOrNull,
    backlinkUrl: textOrNull,
    license: textOrNull,
    iconUrl: textOrNull,
    unlisted: z.boolean().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, { error: 'must hold a field to change' });

// Only these come back as they were written, in a server's own answer or in the list.
const comparable = ['displayName', 'description', 'homepage'] as const;

/** Changes what the registry says of a server. */
export const updateServer: ChangeKind = {
  action: 'update-server',
  method: 'PATCH',
  pattern: '/servers/:name',
  path: registryPaths.server,
  body: { form: 'json', schema },
  repeatable: true,
  confirms: namesServer,
  expects: (body) =>
    Object.fromEntries(comparable.filter((field) => field in body).map((field) => [field, body[field]])),
  judge(entry, { check, patient, compare }) {
    if (check.seen !== 'absent' && check.seen !== 'present') return undefined;
    const { target } = entry;
    const { meant } = check;
    if (check.seen === 'present') {
      const found = compareServers(entry, check);
      if (found === 'another' && meant.at === 'unclear' && !patient) return undefined;
      if (found === 'another') return another(entry);
      const notOwned = judgeOwnership(entry, check);
      if (notOwned !== undefined) return notOwned;
    }
    // Under another name it is the same server, and shows what it is by now.
    const isElsewhere = meant.at === 'name' && meant.qualifiedName !== target;
    const seen = isElsewhere ? meant : check;
    if ('fields' in seen) {
      const settlement = judgeFields(entry, compare(seen.fields), patient);
      return settlement === undefined && isElsewhere
        ? moved('inconclusive', entry, meant.qualifiedName)
        : settlement;
    }
    if (meant.at === 'unclear' || meant.at === 'name') return undefined;
    if (check.seen === 'absent' && check.movedTo !== null) return moved('inconclusive', entry, check.movedTo);
    return judgeGone(entry, meant.at === 'nowhere');
  },
  answer: { from: 'entry', of: serverAnswer },
  words: {
    notDone: () => 'The server was not changed.',
    open: (target) => `Whether ${target} was changed is not known yet.`,
    inconclusive: (target) => `Whether ${target} was changed is not known.`,
    another: 'Another server has this name now. Nothing was sent; look at it before you change it.',
  },
};

function judgeFields(
  { status }: JudgedEntry,
  found: 'as-asked' | 'as-before' | undefined,
  patient: boolean,
): Settlement | undefined {
  if (found === 'as-asked') return applied('as-asked', status);
  return found === 'as-before' && patient
    ? refused('as-before', status, 'When it was checked, the server was as before.')
    : undefined;
}
