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
  /** One that other programs share; it counts where ours is not set. */
  commonVariable?: string;
  /** Whether a variable's text can be meant for this; others set some of them. All is meant where this is left out. */
  isMeant?: (text: string, variable: string) => boolean;
  /** Markdown; one sentence without its full stop. */
  help: string;
  /** The text that is read where nothing is given. */
  default?: string;
  /** What holds where nothing is given, for people. */
  unset?: string;
  /**
   * Checks what was given, or the default; nothing at all where there is neither. Throws ConfigError, which calls the
   * option by `name`: the flag or the variable that was used.
   */
  read: (texts: readonly string[], name: string) => Value;
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
  const read = optionsOf(table).map(([field, option]) => {
    const { texts, name } = settingOf(option, given, env);
    return [field, option.read(texts, name)];
  });
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

/** An option's variables as they are set: their names, and for a switch what it has to be. */
export function variableTexts({ variable, commonVariable, says }: Option<unknown>): string[] {
  const names = [variable, commonVariable].filter((name) => name !== undefined);
  return names.map((name) => (says === undefined ? name : `${name}=${says}`));
}

/** What was set, and by what: the option's flag, or the variable. A default goes by the flag. */
export function settingOf(
  option: Option<unknown>,
  given: GivenOptions,
  env: Record<string, string | undefined>,
): { texts: string[]; name: string } {
  const flag = `--${option.flag}`;
  const typed = given[option.flag];
  if (typed === true) return { texts: [option.says ?? 'on'], name: flag };
  if (typed !== undefined) return { texts: [typed].flat().map(String), name: flag };
  for (const variable of [option.variable, option.commonVariable]) {
    const text = variable === undefined ? undefined : setting(env[variable]);
    if (variable === undefined || text === undefined || option.isMeant?.(text, variable) === false) continue;
    return { texts: option.repeatable === true ? text.split(',') : [text], name: variable };
  }
  return { texts: option.default === undefined ? [] : [option.default], name: flag };
}

// An empty variable is how shells and compose files say "unset".
function setting(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
