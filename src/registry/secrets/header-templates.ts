import { z } from 'zod';
import { headerName, headerValue, MAX_HEADERS } from '#registry/http/header-fields.ts';
import { SECRET_NAME } from './secret-name.ts';

/** Headers by name, whose values may name secrets: `{"Authorization": "Bearer ${secrets.API_TOKEN}"}`. */
export type HeaderTemplates = Readonly<Record<string, string>>;

const SECRET = new RegExp(String.raw`\$\{secrets\.(${SECRET_NAME})\}`, 'g');
// Of headers that servers read keys from. What is no secret is kept as it stands, also in backups.
const FOR_CREDENTIALS = /authorization|cookie|token|secret|password|api-?key|(^|-)(auth|key)$/i;

export const headerTemplatesShape = z
  .record(
    headerName,
    headerValue.refine(
      (template) => !template.replaceAll(SECRET, ' ').includes('${'),
      'may hold ${secrets.NAME} with the name of a secret, and no other ${…}',
    ),
  )
  .superRefine((templates, context) => {
    const names = Object.keys(templates);
    if (names.length > MAX_HEADERS) context.addIssue({ code: 'custom', message: 'holds too many headers' });
    const seen = new Set<string>();
    for (const name of names) {
      const isKnown = seen.has(name.toLowerCase());
      seen.add(name.toLowerCase());
      if (isKnown) context.addIssue({ code: 'custom', path: [name], message: 'stands here twice' });
      if (FOR_CREDENTIALS.test(name) && secretsIn(templates[name] ?? '').length === 0) {
        const message =
          'must take its value from a secret, as ${secrets.NAME}: what stands here itself is not sealed';
        context.addIssue({ code: 'custom', path: [name], message });
      }
    }
  });

/** The names of the secrets in one value, each once. */
export function secretsIn(template: string): string[] {
  return [...new Set(Array.from(template.matchAll(SECRET), ([, name = '']) => name))];
}

/** The value with secrets in the place of their names. */
export function fillTemplate(template: string, valueOf: (name: string) => string): string {
  return template.replaceAll(SECRET, (_, name: string) => valueOf(name));
}
