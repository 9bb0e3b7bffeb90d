import { RegistryError } from '#registry/http/registry-error.ts';
import { isPrintable } from '#registry/http/printable.ts';
import { DocumentProblem, readFrontMatter } from './front-matter.ts';

/** What a SKILL.md may weigh, in bytes. */
export const MAX_DOCUMENT_BYTES = 128 * 1024;

const MAX_NAME = 64;
const MAX_DESCRIPTION = 1024;
const MAX_CATEGORY = 64;

/** What a SKILL.md says. */
export interface SkillDocument {
  name: string;
  description: string;
  category: string | null;
  /** The whole text. */
  prompt: string;
}

/** Reads the bytes of a SKILL.md. Throws a 422 that says what is wrong with it. */
export function parseSkillDocument(bytes: Uint8Array): SkillDocument {
  const prompt = decode(bytes);
  try {
    const fields = readFrontMatter(prompt);
    return {
      name: textOf(fields, 'name', MAX_NAME),
      description: textOf(fields, 'description', MAX_DESCRIPTION),
      category: categoryOf(fields),
      prompt,
    };
  } catch (error) {
    if (error instanceof DocumentProblem) throw new RegistryError(422, `SKILL.md: ${error.message}`);
    throw error;
  }
}

function decode(bytes: Uint8Array): string {
  let text: string | undefined;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Told below.
  }
  if (text === undefined || text.includes('\0'))
    throw new RegistryError(422, 'SKILL.md: must be text in UTF-8');
  return text;
}

function textOf(fields: Map<string, string>, name: string, maxLength: number): string {
  const text = fields.get(name)?.trim() ?? '';
  if (text === '') throw new DocumentProblem(`the front matter needs a "${name}"`);
  if (text.length > maxLength) throw new DocumentProblem(`"${name}" must be at most ${maxLength} characters`);
  if (!isPrintable(text.replaceAll(/[\n\t]/g, ' '))) {
    throw new DocumentProblem(`"${name}" must not contain control characters`);
  }
  return text;
}

function categoryOf(fields: Map<string, string>): string | null {
  const category = (fields.get('category') ?? fields.get('metadata.category'))?.trim().toLowerCase() ?? '';
  return category !== '' && category.length <= MAX_CATEGORY && isPrintable(category) ? category : null;
}
