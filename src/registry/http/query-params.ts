import { RegistryError } from './registry-error.ts';
import { isPrintable } from './printable.ts';

// Readers of one query parameter each. All throw a 400 that names the parameter, and read an empty one as absent.

/** A whole number within its bounds. */
export function integerParam(
  params: URLSearchParams,
  name: string,
  { min, max }: { min: number; max: number },
): number | undefined {
  const text = params.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value < min || value > max) {
    throw new RegistryError(400, `${name}: must be a whole number from ${min} to ${max}`);
  }
  return value;
}

/** A truth: `0`, `1`, `true` or `false`. */
export function flagParam(params: URLSearchParams, name: string): boolean | undefined {
  const text = params.get(name);
  if (text === null || text === '') return undefined;
  if (text === '1' || text === 'true') return true;
  if (text === '0' || text === 'false') return false;
  throw new RegistryError(400, `${name}: must be 0, 1, true or false`);
}

/** A text of one line. */
export function textParam(params: URLSearchParams, name: string, maxLength = 300): string | undefined {
  const text = params.get(name);
  if (text === null || text === '') return undefined;
  if (text.length > maxLength)
    throw new RegistryError(400, `${name}: must be at most ${maxLength} characters`);
  if (!isPrintable(text)) throw new RegistryError(400, `${name}: must not contain control characters`);
  return text;
}

/** Several values: repeated, as `name[]`, or separated by commas. */
export function listParam(params: URLSearchParams, name: string): string[] | undefined {
  const texts = [...params.getAll(name), ...params.getAll(`${name}[]`)];
  const values = texts
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
  return values.length === 0 ? undefined : values;
}

/** `fields`: which of the known fields to answer with; undefined for all. */
export function fieldsParam<Field extends string>(
  params: URLSearchParams,
  known: readonly Field[],
): Field[] | undefined {
  return listParam(params, 'fields')?.map((name) => {
    const field = known.find((candidate) => candidate === name);
    if (field === undefined) throw new RegistryError(400, `fields: there is no field "${name.slice(0, 40)}"`);
    return field;
  });
}
