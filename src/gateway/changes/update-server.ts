import { z } from 'zod';
import { registryPaths } from '#contract/api-paths.ts';
import type { ChangeKind } from './change-kind.ts';
import { namesServer, serverAnswer } from './server-answers.ts';
import { applied, judgeIdentity, judgeOwnership, refused } from './settlements.ts';

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
    if (check.seen === 'absent') {
      return entry.status === 404
        ? refused('gone', 404, entry.message)
        : refused('gone', entry.status, `There is no server ${entry.target} any more.`);
    }
    if (check.seen !== 'present') return undefined;
    const settlement = judgeOwnership(entry) ?? judgeIdentity(entry, check.id);
    if (settlement !== undefined) return settlement;
    const found = compare(check.fields);
    if (found === 'as-asked') return applied('as-asked', entry.status);
    return found === 'as-before' && patient
      ? refused('as-before', entry.status, 'The server is as it was: it was not changed.')
      : undefined;
  },
  answer: { from: 'entry', of: serverAnswer },
  words: {
    notDone: () => 'The server was not changed.',
    open: (target) => `Whether ${target} was changed is not known yet.`,
    another: 'Another server has this name now. Nothing was sent; look at it before you change it.',
  },
};
