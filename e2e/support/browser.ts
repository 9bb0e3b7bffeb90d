import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright';

const INSTALLED_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** How Chromium is started everywhere: quiet, and as root without its sandbox, which refuses root. */
export const chromiumArguments = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--disable-gpu',
  '--no-first-run',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

/**
 * The path of a Chromium that really starts here: Playwright's own, downloaded if it can be, else an installed
 * one, else Debian's, installed now. Throws with what to do where none can be had.
 */
export async function findChromium(say: (line: string) => void): Promise<string> {
  const own = chromium.executablePath();
  if (await starts(own)) return own;
  say('Downloading a browser for the tests');
  const command = join(dirname(createRequire(import.meta.url).resolve('playwright/package.json')), 'cli.js');
  spawnSync(process.execPath, [command, 'install', 'chromium'], { stdio: 'ignore', timeout: 300_000 });
  if (await starts(own)) return own;
  const installed = await firstInstalled();
  if (installed !== undefined) return installed;
  say('Installing Chromium with apt-get');
  spawnSync('apt-get', ['update'], { stdio: 'ignore' });
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-noto-color-emoji'], {
    stdio: 'ignore',
  });
  const fromDebian = await firstInstalled();
  if (fromDebian !== undefined) return fromDebian;
  throw new Error(
    'No browser for the tests: install Chromium, or run "npx playwright install chromium", then try again.',
  );
}

async function firstInstalled(): Promise<string | undefined> {
  for (const name of INSTALLED_NAMES) {
    const path = pathOf(name);
    if (path !== undefined && (await starts(path))) return path;
  }
  return undefined;
}

function pathOf(name: string): string | undefined {
  try {
    return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

// A browser that is there can still lack a library; only starting it tells.
async function starts(executablePath: string): Promise<boolean> {
  if (!existsSync(executablePath)) return false;
  try {
    const browser = await chromium.launch({ executablePath, args: chromiumArguments, timeout: 30_000 });
    await browser.close();
    return true;
  } catch {
    return false;
  }
}
