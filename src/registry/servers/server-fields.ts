import { z } from 'zod';
import { lineText, longText, webUrl } from '#registry/http/body-fields.ts';

const displayName = lineText(200)
  .refine((text) => text.trim() !== '', 'must not be empty')
  .transform((text) => text.trim())
  .exactOptional();
const description = longText(5000).exactOptional();
const nullableUrl = webUrl.nullable().exactOptional();

/** The body of `PUT /servers/{qualifiedName}`. */
export const newServerShape = z.object({ displayName, description });

/** The body of `PATCH /servers/{qualifiedName}`; fields it does not know are left alone. */
export const changedServerShape = z.object({
  displayName,
  description,
  homepage: nullableUrl,
  repositoryUrl: nullableUrl,
  backlinkUrl: nullableUrl,
  license: lineText(100).nullable().exactOptional(),
  iconUrl: nullableUrl,
  unlisted: z.boolean().exactOptional(),
});
