import type { ServerCreateParams, ServerUpdateParams } from '@smithery/api/resources/servers/servers';
import { RegistryError } from '#registry/http/registry-error.ts';
import { isPrintable } from '#registry/http/printable.ts';

type Body = Record<string, unknown>;

const MAX_DISPLAY_NAME = 200;
const MAX_DESCRIPTION = 5000;
const MAX_LICENSE = 100;
const MAX_URL = 2048;

/** Reads the body of `PUT /servers/{qualifiedName}`. Throws a 400 that names the field that is wrong. */
export function parseServerCreation(body: Body): ServerCreateParams {
  return present({
    displayName: displayNameField(body),
    description: descriptionField(body),
  });
}

/** Reads the body of `PATCH /servers/{qualifiedName}`; fields it does not know are left alone. Throws a 400 likewise. */
export function parseServerUpdate(body: Body): ServerUpdateParams {
  return present({
    displayName: displayNameField(body),
    description: descriptionField(body),
    homepage: nullable(body, 'homepage', urlField),
    repositoryUrl: nullable(body, 'repositoryUrl', urlField),
    backlinkUrl: nullable(body, 'backlinkUrl', urlField),
    license: nullable(body, 'license', (fields, name) => textField(fields, name, MAX_LICENSE)),
    iconUrl: nullable(body, 'iconUrl', urlField),
    unlisted: booleanField(body, 'unlisted'),
  });
}

function displayNameField(body: Body): string | undefined {
  const text = textField(body, 'displayName', MAX_DISPLAY_NAME);
  if (text?.trim() === '') throw new RegistryError(400, 'displayName: must not be empty');
  return text?.trim();
}

function descriptionField(body: Body): string | undefined {
  return textField(body, 'description', MAX_DESCRIPTION, { lines: true });
}

function textField(body: Body, name: string, maxLength: number, { lines = false } = {}): string | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new RegistryError(400, `${name}: must be text`);
  if (value.length > maxLength)
    throw new RegistryError(400, `${name}: must be at most ${maxLength} characters`);
  if (!isPrintable(lines ? value.replaceAll(/[\n\r\t]/g, ' ') : value)) {
    throw new RegistryError(400, `${name}: must not contain control characters`);
  }
  return value;
}

function urlField(body: Body, name: string): string | undefined {
  const text = textField(body, name, MAX_URL);
  if (text === undefined) return undefined;
  if (!URL.canParse(text) || !['http:', 'https:'].includes(new URL(text).protocol)) {
    throw new RegistryError(400, `${name}: must be an http or https URL`);
  }
  return text;
}

function booleanField(body: Body, name: string): boolean | undefined {
  const value = body[name];
  if (value !== undefined && typeof value !== 'boolean') {
    throw new RegistryError(400, `${name}: must be true or false`);
  }
  return value;
}

function nullable(
  body: Body,
  name: string,
  read: (body: Body, name: string) => string | undefined,
): string | null | undefined {
  return body[name] === null ? null : read(body, name);
}

type Present<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** Without the fields that were not sent. */
function present<Fields extends Record<string, unknown>>(fields: Fields): Present<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Present<Fields>;
}
