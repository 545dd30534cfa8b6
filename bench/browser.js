/** Finds or installs a browser and starts it on the renderer that is asked for. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer';
import {
  answerOf,
  cachedBrowser,
  firstLine,
  HARDWARE,
  HARDWARE_PATIENCE,
  inPath,
  installedBrowser,
  isExecutable,
  isRoot,
  launch as launchWith,
  reachGpu,
  SWIFTSHADER,
} from '../cli/browser.js';
import { UserError } from '../cli/command.js';

const MESA_VENDOR = '/usr/share/glvnd/egl_vendor.d/50_mesa.json';

/**
 * Ways to start each renderer, best first, and what its name must look like. A name is checked because EGL quietly becomes
 * llvmpipe where a driver's vendor file is missing.
 *
 * @type {Record<'hardware' | 'swiftshader' | 'llvmpipe', { name: RegExp, starts: { args: string[], env?: Record<string, string> }[] }>}
 */
const RENDERERS = {
  hardware: {
    name: /^(?!.*\(software\)$)/,
    starts: HARDWARE.map((args) => ({ args })),
  },
  swiftshader: {
    name: /swiftshader/i,
    starts: [{ args: SWIFTSHADER }],
  },
  llvmpipe: {
    name: /llvmpipe/i,
    starts: [
      {
        args: ['--use-angle=gl-egl', '--ignore-gpu-blocklist'],
        env: {
          LIBGL_ALWAYS_SOFTWARE: '1',
          GALLIUM_DRIVER: 'llvmpipe',
          __EGL_VENDOR_LIBRARY_FILENAMES: MESA_VENDOR,
        },
      },
    ],
  },
};

export const rendererNames = /** @type {const} */ (['auto', 'hardware', 'swiftshader', 'llvmpipe']);

/** 'debian', 'ubuntu' or another distribution's ID; '' elsewhere. */
function distribution() {
  try {
    return /^ID="?(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

const canApt = () => isRoot && ['debian', 'ubuntu'].includes(distribution());

/** Puppeteer's download of Chrome, with the system libraries that it needs where apt-get may install them. */
async function downloadBrowser() {
  const args = ['puppeteer', 'browsers', 'install', 'chrome', ...(canApt() ? ['--install-deps'] : [])];
  const { status, stderr, error } = spawnSync('npx', args, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    const [, reason] = /Provider: (.*)/.exec(stderr) ?? /^Error: (.*)/m.exec(stderr) ?? [];
    throw error ?? new Error(reason ?? stderr.trim());
  }
  const path = await cachedBrowser(puppeteer);
  if (!path) throw new Error('the downloaded Chrome does not start: system libraries are missing');
  return path;
}

/** @param {string[]} packages */
function aptInstall(...packages) {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (/** @type {string[]} */ ...args) =>
    spawnSync('apt-get', args, {
      env: environment,
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  apt('update');
  const { status, stderr, error } = apt('install', '-y', '--no-install-recommends', ...packages);
  if (status !== 0) throw error ?? new Error(stderr.trim().split('\n').at(-1));
}

/** The distribution's browser, where apt-get may install it. */
async function packagedBrowser() {
  if (!canApt()) throw new Error('this is not Debian or Ubuntu as root');
  const name = distribution() === 'debian' ? 'chromium' : 'chromium-browser';
  aptInstall(name);
  const path = await installedBrowser(puppeteer);
  if (!path) throw new Error(`the package ${name} brings no browser that starts`);
  return path;
}

/**
 * The browser that is named by --browser or PUPPETEER_EXECUTABLE_PATH, if any. Throws UserError if it does not start.
 *
 * @param {string | undefined} path what --browser says
 */
export function namedBrowser(path) {
  const named = path ?? (process.env.PUPPETEER_EXECUTABLE_PATH || undefined);
  if (named === undefined || isExecutable(named)) return named;
  const name = path !== undefined ? '--browser' : 'PUPPETEER_EXECUTABLE_PATH';
  throw new UserError(`${name} must be a browser that starts, got '${named}'`, { exitCode: 2 });
}

/**
 * The path of a browser: an installed one, one in Puppeteer's cache, or else one that is installed now. Throws UserError with
 * what to do.
 *
 * @param {(line: string) => void} log
 * @returns {Promise<string>}
 */
export async function findBrowser(log) {
  const found = (await installedBrowser(puppeteer)) ?? (await cachedBrowser(puppeteer));
  if (found) return found;
  /** @type {string[]} */
  const failures = [];
  log('No browser found.');
  /** @type {[what: string, get: () => Promise<string>][]} */
  const installs = [
    ["Puppeteer's download of Chrome", downloadBrowser],
    ["the distribution's package", packagedBrowser],
  ];
  for (const [what, get] of installs) {
    log(`Trying ${what}.`);
    try {
      return await get();
    } catch (error) {
      const reason = firstLine(error);
      log(`That failed (${reason}).`);
      failures.push(`${what}: ${reason}`);
    }
  }
  throw new UserError(
    `No browser: install Chrome or Chromium, or name one with --browser PATH or PUPPETEER_EXECUTABLE_PATH (${failures.join('; ')})`,
  );
}

/**
 * Starts a browser: see cli/browser.js.
 *
 * @param {string} executablePath
 * @param {Parameters<typeof launchWith>[2]} start
 */
export const launch = (executablePath, start) => launchWith(puppeteer, executablePath, start);

/**
 * @typedef {object} OpenBrowser
 * @property {import('puppeteer').Browser} browser
 * @property {string | null} renderer the gpu lane's device, with "(software)" behind a software renderer; null without one
 * @property {string | null} reason why there is no renderer, else null
 */

/**
 * Starts a browser on a renderer: 'auto' tries real GPUs first and software last. Where the renderer can't be had, the browser is
 * started all the same, and `reason` says why.
 *
 * @param {object} options
 * @param {string} options.executablePath
 * @param {typeof rendererNames[number]} options.renderer
 * @param {string} options.url the benchmark's page
 * @param {boolean} [options.handleSignals] see `launch`
 * @param {AbortSignal} [options.signal] ends the search, and the browser that is tried; the call then rejects with its reason
 * @param {(line: string) => void} options.log
 * @returns {Promise<OpenBrowser>}
 */
export async function openBrowser({ executablePath, renderer, url, handleSignals = true, signal, log }) {
  const kinds = renderer === 'auto' ? /** @type {const} */ (['hardware', 'swiftshader', 'llvmpipe']) : [renderer];
  /** @type {string[]} */
  const reasons = [];
  const tryAll = async (/** @type {typeof kinds[number]} */ kind) => {
    const patience = kind === 'hardware' ? HARDWARE_PATIENCE : undefined;
    for (const start of RENDERERS[kind].starts) {
      signal?.throwIfAborted();
      const browser = await launch(executablePath, { ...start, handleSignals });
      const open = async () => {
        const page = await browser.newPage();
        await page.goto(url);
        await page.waitForFunction('globalThis.bench');
        await reachGpu(page);
        return page;
      };
      try {
        const page = await answerOf(browser, open, { patience, signal });
        const probe = () => page.evaluate(() => globalThis.bench.probe());
        const { device, reason } = await answerOf(browser, probe, { signal });
        if (device && RENDERERS[kind].name.test(device)) {
          await page.close();
          return { browser, renderer: device, reason: null };
        }
        reasons.push(`${kind}: ${device ? `got ${device}` : reason}`);
      } catch (error) {
        // A renderer may take its browser down.
        reasons.push(`${kind}: ${firstLine(error)}`);
      }
      await browser.close().catch(() => {});
    }
  };
  for (const kind of kinds) {
    const opened = await tryAll(kind);
    if (opened) return opened;
    if (kind !== 'llvmpipe' || !canApt()) continue;
    log('No llvmpipe found: installing Mesa.');
    try {
      aptInstall('libegl1', 'libegl-mesa0', 'libgl1-mesa-dri', 'libgles2');
    } catch (error) {
      reasons.push(`Mesa: ${error instanceof Error ? error.message : error}`);
      continue;
    }
    const retried = await tryAll(kind);
    if (retried) return retried;
  }
  signal?.throwIfAborted();
  const browser = await launch(executablePath, { args: [], handleSignals });
  return {
    browser,
    renderer: null,
    reason: `no ${renderer === 'auto' ? '' : `${renderer} `}renderer (${reasons.at(-1)})`,
  };
}

/**
 * Starts Firefox: what the environment variable FIREFOX names, what is installed, or Debian's package, where apt-get may install it.
 *
 * @param {(line: string) => void} log
 * @returns {Promise<{ browser: import('puppeteer').Browser, reason: null } | { browser: null, reason: string }>}
 */
export async function openFirefox(log) {
  const named = process.env.FIREFOX;
  const find = () => (named ? [named] : inPath('firefox', 'firefox-esr')).find(isExecutable);
  try {
    let executablePath = find();
    if (!executablePath && !named && canApt() && distribution() === 'debian') {
      log('No Firefox found: installing the package firefox-esr.');
      aptInstall('firefox-esr');
      executablePath = find();
    }
    if (!executablePath) throw new Error(named ? `FIREFOX is '${named}'` : 'none is found');
    return {
      browser: await puppeteer.launch({ browser: 'firefox', executablePath, protocolTimeout: 0 }),
      reason: null,
    };
  } catch (error) {
    return { browser: null, reason: `Firefox does not start (${firstLine(error)})` };
  }
}
