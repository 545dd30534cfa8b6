/** Chrome and Chromium: where a system and Puppeteer have them, and how they are started. The benchmarks use it, too. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Puppeteer of any version, as the user has it, or puppeteer-core.
 *
 * @typedef {object} Puppeteer
 * @property {(which?: any) => string | Promise<string>} executablePath
 * @property {import('puppeteer').PuppeteerNode['launch']} launch
 */

/** Flags for Chromium, which else talks to its maker's servers at every start. */
const QUIET = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Flags that start a browser on a real GPU, the best first. */
export const HARDWARE =
  process.platform === 'linux'
    ? [
        ['--use-angle=vulkan', '--enable-features=Vulkan', '--disable-vulkan-surface', '--ignore-gpu-blocklist'],
        ['--use-angle=gl-egl', '--ignore-gpu-blocklist'],
        ['--use-angle=gl', '--ignore-gpu-blocklist'],
      ]
    : [['--ignore-gpu-blocklist']];
/** … and on the software renderer that Chrome brings. */
export const SWIFTSHADER = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

/** What a browser's failure comes to. @param {unknown} error */
export const firstLine = (error) => (error instanceof Error ? error.message : String(error)).trim().split('\n')[0];

export const isRoot = process.getuid?.() === 0;

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  // Ubuntu's chromium-browser is a script that only says that a snap is needed.
  const { status, stdout } = spawnSync(path, ['--version'], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return status === 0 && /\d+\.\d+/.test(stdout);
}

/**
 * What Puppeteer says of browsers, as far as it knows: puppeteer-core knows of no download.
 *
 * @param {Puppeteer} puppeteer
 * @param {...unknown} which
 */
async function pathsOf(puppeteer, ...which) {
  const paths = [];
  for (const one of which) {
    try {
      paths.push(await puppeteer.executablePath(one));
    } catch {
      // No such browser in its usual place.
    }
  }
  return paths;
}

/** Where programs would be in PATH, by name. @param {...string} names */
export function inPath(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}

/** Chrome or Chromium as the system has it. @param {Puppeteer} puppeteer */
export async function installedBrowser(puppeteer) {
  const names = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chromium-headless-shell'];
  const paths = [...(await pathsOf(puppeteer, 'chrome')), ...inPath(...names)];
  if (process.platform === 'darwin') paths.push('/Applications/Chromium.app/Contents/MacOS/Chromium');
  return paths.find(isExecutable);
}

/** The browser that Puppeteer has downloaded before. @param {Puppeteer} puppeteer */
export async function cachedBrowser(puppeteer) {
  return (await pathsOf(puppeteer, undefined, { headless: 'shell' })).find(isExecutable);
}

/**
 * Starts a browser.
 *
 * @param {Puppeteer} puppeteer
 * @param {string} executablePath
 * @param {{ args: string[], env?: Record<string, string>, handleSignals?: boolean }} start `handleSignals`: whether signals
 *   such as Ctrl-C's close the browser
 */
export async function launch(puppeteer, executablePath, { args, env = {}, handleSignals = true }) {
  const options = {
    executablePath,
    headless: /headless-shell/.test(executablePath) ? /** @type {const} */ ('shell') : true,
    env: { ...process.env, ...env },
    handleSIGINT: handleSignals,
    handleSIGTERM: handleSignals,
    handleSIGHUP: handleSignals,
    // One call may compute for minutes.
    protocolTimeout: 0,
  };
  const sandbox = isRoot ? ['--no-sandbox'] : [];
  try {
    return await puppeteer.launch({
      ...options,
      args: [...QUIET, ...args, ...sandbox],
    });
  } catch (error) {
    // Some systems forbid the sandbox to ordinary users, too; the only page opened is our own.
    if (isRoot || !String(error).includes('sandbox')) throw error;
    return puppeteer.launch({
      ...options,
      args: [...QUIET, ...args, '--no-sandbox'],
    });
  }
}

/** Milliseconds in which a real GPU gives a context; software may take its time, and drivers theirs for what is asked next. */
export const HARDWARE_PATIENCE = 30_000;

/** Makes a context in a page, and waits for its first answer. @param {import('puppeteer').Page} page */
export const reachGpu = (page) =>
  page.evaluate(() => {
    new globalThis.OffscreenCanvas(1, 1).getContext('webgl2')?.getError();
  });

/**
 * What a browser answers that has just been started. It is ended where it does not answer in time, as Chromium does not on Mesa's software
 * Vulkan, and on abort: the call then rejects with what happened, or the signal's reason.
 *
 * @template Answer
 * @param {import('puppeteer').Browser} browser
 * @param {() => Promise<Answer>} ask
 * @param {{ patience?: number | undefined, signal?: AbortSignal | undefined }} options `patience`: milliseconds, default no end
 */
export async function answerOf(browser, ask, { patience, signal }) {
  /** @type {unknown} */
  let reason;
  const end = (/** @type {unknown} */ why) => {
    reason = why;
    browser.process()?.kill('SIGKILL');
  };
  const late = () => end(new Error('the browser does not answer'));
  const timer = patience === undefined ? undefined : setTimeout(late, patience);
  const onAbort = () => end(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  try {
    if (signal?.aborted) onAbort();
    signal?.throwIfAborted();
    return await ask();
  } catch (error) {
    throw reason ?? error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
