import { createHash } from 'node:crypto';
import type { Kysely, Updateable } from 'kysely';
import type { FieldChange } from '#contract/activity.ts';
import { nameKey } from '#contract/name-order.ts';
import type { ServerRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { imageInUrl, pickIcon, type IconImage } from '#registry/bundles/bundle-icon.ts';
import { putIcon, toldIcon } from '#registry/icons/icon-store.ts';
import type { ReleaseCard } from '#registry/release-scan/release-card.ts';
import { updateSearchIndex } from '#registry/search/search-index.ts';
import { changedServerShape } from '#registry/servers/server-fields.ts';

const MAX_DESCRIPTION = 5000;

/** What a release says of how its server is shown; what is undefined it does not say, or not in a way that can be shown. */
export interface Presentation {
  displayName: string | undefined;
  description: string | undefined;
  homepage: string | undefined;
  /** An image, or where one is: that is shown from there, and not fetched. */
  icon: IconImage | { url: string } | undefined;
}

/** How a server is to be shown, by its own words and the icon in its bundle. */
export function presentationOf(
  { serverInfo }: ReleaseCard,
  bundled: IconImage | { url: string } | null,
): Presentation {
  const { shape } = changedServerShape;
  const text = serverInfo?.description?.trim();
  const isLong = text !== undefined && text.length > MAX_DESCRIPTION;
  const description = isLong
    ? `${text.slice(0, MAX_DESCRIPTION - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
    : text;
  const url = bundled === null ? pickIcon(serverInfo?.icons) : 'url' in bundled ? bundled.url : undefined;
  const iconUrl = shape.iconUrl.safeParse(url).data ?? undefined;
  const image = bundled === null || 'url' in bundled ? imageInUrl(url ?? '') : bundled;
  return {
    displayName: shape.displayName.safeParse(serverInfo?.title?.trim()).data,
    description: description === '' ? undefined : shape.description.safeParse(description).data,
    homepage: shape.homepage.safeParse(serverInfo?.websiteUrl).data ?? undefined,
    icon: image ?? (iconUrl === undefined ? undefined : { url: iconUrl }),
  };
}

/**
 * Shows a server as its release says, in all that its owner never decided on: what they set stays, and what they emptied
 * stays empty. Belongs into the transaction that makes the release live and holds the server's lock. Returns what was
 * taken.
 */
export async function fillPresentation(
  trx: Kysely<Database>,
  rid: number,
  { displayName, description, homepage, icon }: Presentation,
): Promise<FieldChange[]> {
  const server = await trx
    .selectFrom('servers')
    .select(['display_name', 'description', 'homepage', 'icon_url'])
    .select(['owns_display_name', 'owns_description', 'owns_homepage', 'owns_icon'])
    .where('rid', '=', rid)
    .executeTakeFirstOrThrow();
  const set: Updateable<ServerRow> = {};
  const taken: FieldChange[] = [];
  if (displayName !== undefined && server.owns_display_name === 0 && displayName !== server.display_name) {
    set.display_name = displayName;
    set.name_key = nameKey(displayName);
    taken.push({ field: 'displayName', before: server.display_name, after: displayName });
  }
  if (description !== undefined && server.owns_description === 0 && description !== server.description) {
    set.description = description;
    taken.push({ field: 'description', before: server.description || null, after: description });
  }
  if (homepage !== undefined && server.owns_homepage === 0 && homepage !== server.homepage) {
    set.homepage = homepage;
    taken.push({ field: 'homepage', before: server.homepage, after: homepage });
  }
  if (icon !== undefined && server.owns_icon === 0) {
    const before = await shownIcon(trx, { rid, url: server.icon_url });
    const isNew = 'url' in icon ? icon.url !== server.icon_url : await putImage(trx, rid, icon);
    if ('url' in icon) {
      set.icon_url = icon.url;
      await trx.deleteFrom('icons').where('server_rid', '=', rid).execute();
    }
    if (isNew) {
      const after = await shownIcon(trx, { rid, url: set.icon_url ?? server.icon_url });
      taken.push({ field: 'icon', before, after });
    }
  }
  if (Object.keys(set).length === 0) return taken;
  const updated = await trx
    .updateTable('servers')
    .set(set)
    .where('rid', '=', rid)
    .returning(['rid', 'qualified_name', 'display_name', 'description'])
    .executeTakeFirstOrThrow();
  await updateSearchIndex(trx, updated);
  return taken;
}

/** An image, or where one is. */
async function shownIcon(trx: Kysely<Database>, { rid, url }: { rid: number; url: string | null }) {
  return (await toldIcon(trx, rid)) ?? url;
}

/** Stores an icon; false where it is the one that is there. */
async function putImage(
  trx: Kysely<Database>,
  rid: number,
  { content_type, bytes }: IconImage,
): Promise<boolean> {
  const hash = createHash('sha256').update(bytes).digest('hex');
  const before = await trx
    .selectFrom('icons')
    .select('hash')
    .where('server_rid', '=', rid)
    .executeTakeFirst();
  if (before?.hash === hash) return false;
  await putIcon(trx, rid, { content_type, bytes, hash });
  return true;
}
