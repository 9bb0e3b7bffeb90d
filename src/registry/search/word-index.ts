/** The tables in which the words of one kind of things are filed. */
export interface WordIndex {
  postings: 'search_postings' | 'skill_postings' | 'tool_postings';
  /** The words themselves, to be found when mistyped. */
  variants: 'search_variants' | 'skill_variants' | 'tool_variants';
}

export const serverWords: WordIndex = { postings: 'search_postings', variants: 'search_variants' };
export const skillWords: WordIndex = { postings: 'skill_postings', variants: 'skill_variants' };
export const toolWords: WordIndex = { postings: 'tool_postings', variants: 'tool_variants' };
