// Answers to requests that began while the application's own code was still loading. Each is used once: a later
// call of the same URL is a refetch and goes to the network.
const answers = new Map<string, Promise<Response | undefined>>();

/** Keeps an answer under way for the first call of this URL. */
export function keepEarlyAnswer(url: string, answer: Promise<Response | undefined>): void {
  answers.set(url, answer);
}

/** The early answer of this URL, once; undefined where there is none or it failed. */
export async function takeEarlyAnswer(url: string): Promise<Response | undefined> {
  const answer = answers.get(url);
  answers.delete(url);
  return answer;
}
