import type { BrowserType, LaunchOptions, Page } from 'playwright';
import { findInPage, WINDOW, type BrowserTab, type RunningBrowser } from './browser-tab.ts';

/** Starts a browser that Playwright drives. */
export async function openInPlaywright(type: BrowserType, options?: LaunchOptions): Promise<RunningBrowser> {
  const browser = await type.launch(options);
  return {
    newTab: async () => tabOf(await browser.newPage({ viewport: WINDOW })),
    close: () => browser.close(),
  };
}

function tabOf(page: Page): BrowserTab {
  return {
    open: async (url) => void (await page.goto(url)),
    run: (read, argument) => page.evaluate(read as never, argument as never),
    async find(wanted) {
      const element = (await page.evaluateHandle(findInPage, wanted)).asElement();
      if (element === null) return undefined;
      return {
        click: () => element.click(),
        type: async (text) => {
          await element.focus();
          await page.keyboard.type(text);
        },
      };
    },
    screenshot: () => page.screenshot(),
    close: () => page.close(),
  };
}
