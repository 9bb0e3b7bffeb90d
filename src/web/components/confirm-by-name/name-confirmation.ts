/** Whether the typed text confirms the name: exact by code point, save spaces around it. An empty name never matches. */
export function confirms(typed: string, qualifiedName: string): boolean {
  return qualifiedName !== '' && typed.trim() === qualifiedName;
}

/**
 * Says why a text that looks like the name is not it: letter case, spaces, invisible or look-alike characters.
 * Undefined where it matches, and where it is simply another text.
 */
export function explainNearMiss(typed: string, qualifiedName: string): string | undefined {
  if (confirms(typed, qualifiedName)) return undefined;
  let text = typed.trim();
  let name = qualifiedName;
  const reasons: string[] = [];
  for (const { fold, reason } of folds) {
    const folded = fold(text);
    name = fold(name);
    if (folded !== text || folded === name) reasons.push(reason);
    if (folded === name) return sentence(reasons);
    text = folded;
  }
  if (text.toLowerCase() !== name.toLowerCase()) return undefined;
  return sentence([...reasons, 'the case of its letters differs']);
}

// In the order in which they are taken away; what remains after all of them may still differ in case.
const folds: { fold: (text: string) => string; reason: string }[] = [
  {
    fold: (text) => text.replaceAll(/[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu, ''),
    reason: 'it contains an invisible character',
  },
  { fold: (text) => text.replaceAll(/\s/gu, ''), reason: 'it contains a space' },
  { fold: (text) => text.normalize('NFKC'), reason: 'it contains a character that only looks the same' },
];

function sentence(reasons: string[]): string {
  return `Not an exact match: ${reasons.join(', and ')}.`;
}
