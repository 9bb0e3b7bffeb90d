import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Builder, Capabilities, error, type WebDriver, type WebElement } from 'selenium-webdriver';
import { freePort } from '#e2e/support/postgres.ts';
import { findInPage, WINDOW, type BrowserTab, type RunningBrowser } from './browser-tab.ts';

const START_LIMIT_MS = 30_000;

/** Starts WebKitGTK's driver on a screen of its own; each tab is a MiniBrowser without a past. */
export async function openInWebKit(miniBrowser: string): Promise<RunningBrowser> {
  // Larger than the window: without a window manager nothing else limits it.
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const [display] = (await once(screen.stdio[3] as NodeJS.ReadableStream, 'data')) as [Buffer];
  const port = await freePort();
  const driver = spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: `:${String(display).trim()}`, NO_AT_BRIDGE: '1' },
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url);
  return {
    newTab: async () => tabOf(await openWindow(url, miniBrowser)),
    async close() {
      for (const child of [driver, screen]) await ended(child);
    },
  };
}

async function openWindow(url: string, miniBrowser: string): Promise<WebDriver> {
  const capabilities = new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary: miniBrowser, args: ['--automation'] },
  });
  const window = await new Builder().usingServer(url).withCapabilities(capabilities).build();
  // Its bars are of the window too: as large as leaves the page the size of the others'.
  await window.manage().window().setRect(WINDOW);
  const height = await window.executeScript<number>(() => globalThis.innerHeight);
  await window
    .manage()
    .window()
    .setRect({ ...WINDOW, height: 2 * WINDOW.height - height });
  return window;
}

function tabOf(window: WebDriver): BrowserTab {
  return {
    open: (url) => window.get(url),
    run: (read, argument) => window.executeScript(read, argument),
    async find(wanted) {
      const element = await window
        .executeScript<WebElement | null>(findInPage, wanted)
        // It left the page before the driver could take hold of it.
        .catch((failure: unknown) => {
          if (failure instanceof error.StaleElementReferenceError) return null;
          throw failure;
        });
      if (element === null) return undefined;
      return { click: () => element.click(), type: (text) => element.sendKeys(text) };
    },
    screenshot: async () => Buffer.from(await window.takeScreenshot(), 'base64'),
    close: () => window.quit(),
  };
}

async function untilReady(url: string): Promise<void> {
  const end = performance.now() + START_LIMIT_MS;
  for (;;) {
    const answer = await fetch(`${url}/status`).catch(() => undefined);
    if (answer?.ok === true) return;
    if (performance.now() > end) throw new Error('WebKitWebDriver did not start');
    await setTimeout(100);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
