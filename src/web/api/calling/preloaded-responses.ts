// Responses to requests that began while the application's own code was still loading. Each is used once: a later
// call of the same URL is a refetch and goes to the network.
const responses = new Map<string, Promise<Response | undefined>>();

/** Keeps a response under way for the first call of this URL. */
export function keepPreloadedResponse(url: string, response: Promise<Response | undefined>): void {
  responses.set(url, response);
}

/** The preloaded response of this URL, once; undefined where there is none or it failed. */
export async function takePreloadedResponse(url: string): Promise<Response | undefined> {
  const response = responses.get(url);
  responses.delete(url);
  return response;
}
