import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { OwnedNamespace } from '#gateway/http/gateway-env.ts';
import type { Vault } from '#platform/sealing.ts';

// How fresh `seen_at` is kept: it only tells which keys nobody uses any more.
const SEEN_EVERY_MS = 86_400_000;

/**
 * Since when keys have their namespaces in one registry, as far as it was seen here. A registry elsewhere does not tell,
 * and a namespace may have been another's before.
 */
export interface NamespaceSights {
  /** Notes what a key has now, and returns since when it was seen to have it without a break. Rejects where reading fails. */
  note(apiKey: string, names: readonly string[]): Promise<OwnedNamespace[]>;
  /** Forgets keys that were not seen since. Rejects where the database fails. */
  forgetUnseen(since: Date): Promise<void>;
}

interface Options {
  db: Kysely<Database>;
  vault: Vault;
  /** The registry's URL, or `embedded`. */
  registry: string;
  now: () => Date;
}

export function createNamespaceSights({ db, vault, registry, now }: Options): NamespaceSights {
  return {
    async note(apiKey, names) {
      const key_print = vault.print(apiKey);
      const seen_at = now().toISOString();
      const row = await db
        .selectFrom('namespace_sights')
        .select(['namespaces', 'seen_at'])
        .where('registry', '=', registry)
        .where('key_print', '=', key_print)
        .executeTakeFirst();
      const known = JSON.parse(row?.namespaces ?? '[]') as OwnedNamespace[];
      const since = new Map(known.map((namespace) => [namespace.name, namespace.since]));
      const namespaces = names.map((name) => ({ name, since: since.get(name) ?? seen_at }));
      const values = { namespaces: JSON.stringify(namespaces), seen_at };
      const isRecent = Math.abs(Date.parse(seen_at) - Date.parse(row?.seen_at ?? '')) < SEEN_EVERY_MS;
      if (values.namespaces === row?.namespaces && isRecent) return namespaces;
      await db
        .insertInto('namespace_sights')
        .values({ registry, key_print, ...values })
        .onConflict((conflict) => conflict.columns(['registry', 'key_print']).doUpdateSet(values))
        .execute()
        // Then it is seen for the first time once more: less is shown, nothing wrong.
        .catch(() => {});
      return namespaces;
    },
    async forgetUnseen(since) {
      await db
        .deleteFrom('namespace_sights')
        .where('registry', '=', registry)
        .where('seen_at', '<', since.toISOString())
        .execute();
    },
  };
}
