import { isolated } from '#web/lib/isolated-text.ts';

export interface ToolParameter {
  name: string;
  /** As people read it: "string", "integer or null", "one of: metric, imperial". */
  type: string;
  required: boolean;
  description: string | undefined;
}

/** The parameters of a tool by its JSON Schema, required ones first. Whatever the schema holds, this never throws. */
export function toolParameters(inputSchema: Readonly<Record<string, unknown>>): ToolParameter[] {
  const { properties, required } = inputSchema;
  const requiredNames = new Set(Array.isArray(required) ? required : []);
  return Object.entries(asRecord(properties))
    .map(([name, schema]) => {
      const { description } = asRecord(schema);
      return {
        name,
        type: typeWords(schema),
        required: requiredNames.has(name),
        description: typeof description === 'string' && description !== '' ? description : undefined,
      };
    })
    .sort((a, b) => Number(b.required) - Number(a.required));
}

function typeWords(schema: unknown): string {
  const { type, enum: choices, anyOf, oneOf, items, const: only } = asRecord(schema);
  if (only !== undefined) return `always ${literal(only)}`;
  if (Array.isArray(choices)) return `one of: ${choices.map(literal).join(', ')}`;
  const alternatives = anyOf ?? oneOf;
  if (Array.isArray(alternatives)) return alternatives.slice(0, 5).map(typeWords).join(' or ');
  if (Array.isArray(type)) return type.map(literal).join(' or ');
  if (type === 'array') return items === undefined ? 'array' : `array of ${typeWords(items)}`;
  return typeof type === 'string' ? literal(type) : 'any';
}

function literal(value: unknown): string {
  return isolated(typeof value === 'string' ? value : JSON.stringify(value));
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
