import { matchedParts, type Part } from '#web/server-list/search/matched-parts.ts';

/** A text of others, with these words (folded) marked in it. */
export function MarkedText({
  text,
  words,
  className,
}: {
  text: string;
  words: readonly string[];
  className: string | undefined;
}) {
  return (
    <bdi className={className} translate="no">
      {words.length === 0 ? text : <MarkedParts parts={matchedParts(text, words)} />}
    </bdi>
  );
}

/** Pieces of a text, the matches among them marked. */
export function MarkedParts({ parts }: { parts: readonly Part[] }) {
  let at = 0;
  return parts.map(({ text, isMatch }) => {
    const key = at;
    at += text.length;
    return isMatch ? <mark key={key}>{text}</mark> : <span key={key}>{text}</span>;
  });
}
