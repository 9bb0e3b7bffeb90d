import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chromium, firefox, webkit, type BrowserType } from 'playwright';
import { chromiumArguments, findChromium } from '#e2e/support/browser.ts';
import type { RunningBrowser } from './browser-tab.ts';
import { openInFirefox } from './firefox-by-bidi.ts';
import { openInPlaywright } from './playwright-tab.ts';
import { openInWebKit } from './webkit-by-webdriver.ts';

export const engineNames = ['chromium', 'firefox', 'webkit'] as const;
export type EngineName = (typeof engineNames)[number];

/** Starts a browser of this engine. Throws with what to install where this machine has none. */
export async function startBrowser(engine: EngineName): Promise<RunningBrowser> {
  if (engine === 'chromium') {
    return openInPlaywright(chromium, {
      executablePath: process.env['TOUCHMARK_TEST_CHROMIUM'] ?? (await findChromium(() => {})),
      args: chromiumArguments,
    });
  }
  if (engine === 'firefox') {
    const installed = installedFirefox();
    if (installed !== undefined) return openInFirefox(installed);
    if (isOwn(firefox)) return openInPlaywright(firefox);
  } else {
    const miniBrowser = installedMiniBrowser();
    if (miniBrowser !== undefined) return openInWebKit(miniBrowser);
    if (isOwn(webkit)) return openInPlaywright(webkit);
  }
  throw new Error(`There is no ${engine} here: ${howToInstall(engine)}`);
}

/** True where this machine has a browser of this engine. Chromium is looked for, and installed, by all browser tests. */
export function isInstalled(engine: EngineName): boolean {
  if (engine === 'chromium') return true;
  if (engine === 'firefox') return installedFirefox() !== undefined || isOwn(firefox);
  return installedMiniBrowser() !== undefined || isOwn(webkit);
}

/** What to do where there is none. */
export function howToInstall(engine: EngineName): string {
  const packages = { chromium: 'chromium', firefox: 'firefox-esr', webkit: 'webkit2gtk-driver xvfb' }[engine];
  return `on Debian "apt-get install --no-install-recommends ${packages}", elsewhere "npx playwright install ${engine}"`;
}

function installedFirefox(): string | undefined {
  return pathOf('firefox-esr') ?? pathOf('firefox');
}

// The driver's own window for tests, in the folder of its library; both it and a screen to draw on are needed.
function installedMiniBrowser(): string | undefined {
  if (pathOf('WebKitWebDriver') === undefined || pathOf('Xvfb') === undefined) return undefined;
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib').map((name) => `/usr/lib/${name}`) : [];
  return ['/usr/libexec', ...folders]
    .flatMap((folder) => ['4.1', '4.0'].map((version) => `${folder}/webkit2gtk-${version}/MiniBrowser`))
    .find((path) => existsSync(path));
}

function isOwn(browser: BrowserType): boolean {
  return existsSync(browser.executablePath());
}

function pathOf(name: string): string | undefined {
  try {
    return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
