/** What a pattern costs to compile, told from its text alone: one of a few characters can grow to millions of steps. */
export interface PatternWeight {
  /** About how many steps it becomes when its repeats are written out. */
  steps: number;
  /** What its sets of characters cost: 1 for each that reaches beyond ASCII, far more where case is to be ignored. */
  sets: number;
}

// Each letter of such a set is looked up for its other case: measured, nearly 10 ms for all of Unicode.
const FOLDED_SET = 25;

// A repeat, a set, an escape, the beginning of a group, or any other character. A set that is never closed is no set.
const TOKEN =
  /\{(\d+)(,(\d*))?\}|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]|\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|[\s\S])|\(\?[^:)<]*[:)]?|[\s\S]/gu;
const WIDE_ESCAPE = /^\\[pPDSW]/;
// Without a negation, a class of Unicode or a character beyond ASCII.
const ASCII_SET = /^\[(?!\^)(?:\[:\w+:\]|\\[^pPxDSW]|[^\\\u0080-\u{10ffff}])*\]$/u;

/** Weighs a pattern, valid or not. */
export function patternWeight(pattern: string): PatternWeight {
  const isFolded = /\(\?[a-zA-Z-]*i/.test(pattern);
  // Of the groups that are open, the outermost first: all steps so far, and those of what a repeat would repeat.
  const open = [{ steps: 0, last: 0 }];
  let sets = 0;

  const add = (steps: number): void => {
    const group = open.at(-1);
    if (group === undefined) return;
    group.steps += steps;
    group.last = steps;
  };

  for (const [token, least, range, most] of pattern.matchAll(TOKEN)) {
    const group = open.at(-1);
    if (group === undefined) break;
    if (token.startsWith('(')) {
      if (!token.endsWith(')')) open.push({ steps: 0, last: 0 });
    } else if (token === ')') {
      const { steps } = open.length > 1 ? group : { steps: 0 };
      if (open.length > 1) open.pop();
      add(steps + 2);
    } else if (least !== undefined) {
      const times = Math.max(Number(least), Number(most || 0), 1);
      // What may be left out takes a step of its own, each time.
      const repeated = group.last * times + (range === undefined ? 0 : times);
      group.steps += repeated - group.last;
      group.last = repeated;
    } else if (/^[*+?]$/.test(token)) {
      group.steps += 1;
      group.last += 1;
    } else {
      const isWide =
        token.length > 1 && token.startsWith('[') ? !ASCII_SET.test(token) : WIDE_ESCAPE.test(token);
      if (isWide) sets += isFolded ? FOLDED_SET : 1;
      add(1);
    }
  }
  return { steps: open.reduce((sum, { steps }) => sum + steps, 0), sets };
}
