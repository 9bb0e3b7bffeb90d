/** A row of a table of options: all that parsing, `--help` and the README need to know of it. */
export interface Option<Value> {
  /** As it is typed, without its dashes. */
  flag: string;
  /** The word that stands for its value. A switch has none. */
  value?: string;
  /** What giving a switch says, in the words of its variable. */
  says?: 'on' | 'off';
  /** It may be given several times; its variable takes several with commas. */
  repeatable?: true;
  /** The environment variable that says the same. */
  variable?: string;
  /** Markdown; one sentence without its full stop. */
  help: string;
  /** The text that is read where nothing is given. */
  default?: string;
  /** What holds where nothing is given, for people. */
  unset?: string;
  /** Checks what was given, or the default; nothing at all where there is neither. Throws ConfigError. */
  read: (texts: readonly string[]) => Value;
}

/** The option of each setting. */
export type OptionTable<Values extends object> = { [Field in keyof Values]-?: Option<Values[Field]> };

/** The options of a command line, by flag, as `parseArgs` gives them. */
export type GivenOptions = Record<string, string | boolean | (string | boolean)[] | undefined>;

/** Reads every setting of a table: the option wins over its variable, and that over the default. Throws ConfigError. */
export function readOptions<Values extends object>(
  table: OptionTable<Values>,
  given: GivenOptions,
  env: Record<string, string | undefined> = {},
): Values {
  const read = optionsOf(table).map(([field, option]) => [
    field,
    option.read(textsOf(option, given[option.flag], env)),
  ]);
  return Object.fromEntries(read) as Values;
}

/** The rows of a table, each with its setting. */
export function optionsOf(table: object): [field: string, option: Option<unknown>][] {
  return Object.entries(table as Record<string, Option<unknown>>);
}

/** An option as it is typed: `--port PORT`. */
export function typedOption({ flag, value }: Option<unknown>): string {
  return `--${flag}${value === undefined ? '' : ` ${value}`}`;
}

/** An option's variable as it is set: its name, and for a switch what it has to be. */
export function variableText({ variable = '', says }: Option<unknown>): string {
  return says === undefined ? variable : `${variable}=${says}`;
}

function textsOf(
  option: Option<unknown>,
  given: GivenOptions[string],
  env: Record<string, string | undefined>,
): string[] {
  if (given === true) return [option.says ?? 'on'];
  if (given !== undefined) return [given].flat().map(String);
  const variable = setting(option.variable === undefined ? undefined : env[option.variable]);
  if (variable !== undefined) return option.repeatable === true ? variable.split(',') : [variable];
  return option.default === undefined ? [] : [option.default];
}

// An empty variable is how shells and compose files say "unset".
function setting(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
