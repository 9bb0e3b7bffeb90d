import puppeteer, { type ElementHandle, type Page } from 'puppeteer-core';
import { findInPage, WINDOW, type BrowserTab, type RunningBrowser } from './browser-tab.ts';

/** Starts this Firefox; puppeteer drives it over WebDriver BiDi. */
export async function openInFirefox(executablePath: string): Promise<RunningBrowser> {
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath, defaultViewport: WINDOW });
  return {
    async newTab() {
      const context = await browser.createBrowserContext();
      return tabOf(await context.newPage(), () => context.close());
    },
    close: () => browser.close(),
  };
}

function tabOf(page: Page, close: () => Promise<void>): BrowserTab {
  return {
    open: async (url) => void (await page.goto(url)),
    run: (read, argument) => page.evaluate(read as never, argument as never),
    async find(wanted) {
      const found = await page.evaluateHandle(findInPage, wanted);
      const element = found.asElement() as ElementHandle | null;
      if (element === null) return undefined;
      return { click: () => element.click(), type: (text) => element.type(text) };
    },
    screenshot: () => page.screenshot(),
    close,
  };
}
