import type { Page } from 'playwright';

/** One request of a page. */
export interface PageLoad {
  url: string;
  /** As the browser calls it: `Document`, `Script`, `Stylesheet`, `Fetch`… */
  type: string;
  /** As they went over the wire, headers included: the page cannot see those of compressed answers itself. */
  bytes: number;
  /** In seconds, of a clock that has no beginning. */
  started: number;
  ended: number;
}

/** All that the page loads from now on, as it comes. Chromium only. */
export async function recordLoads(page: Page): Promise<Map<string, PageLoad>> {
  const loaded = new Map<string, PageLoad>();
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.requestWillBeSent', ({ requestId, request, type, timestamp }) => {
    // What is in an address already is not loaded.
    if (request.url.startsWith('data:')) return;
    loaded.set(requestId, {
      url: request.url,
      type: type ?? '',
      bytes: 0,
      started: timestamp,
      ended: timestamp,
    });
  });
  session.on('Network.requestServedFromCache', ({ requestId }) => loaded.delete(requestId));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength, timestamp }) => {
    const entry = loaded.get(requestId);
    if (entry !== undefined) Object.assign(entry, { bytes: encodedDataLength, ended: timestamp });
  });
  return loaded;
}
