/** Parts of the library and the page that nobody can import: their sources, bundled. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * Imports a module of TypeScript. Each call gives a module of its own.
 *
 * @param {string} path from the repository's root
 * @returns {Promise<any>}
 */
export async function importSource(path) {
  const folder = mkdtempSync(join(tmpdir(), 'twolane-source-'));
  try {
    const outfile = join(folder, 'source.mjs');
    await build({
      entryPoints: [fileURLToPath(new URL(`../${path}`, import.meta.url))],
      bundle: true,
      format: 'esm',
      outfile,
      logLevel: 'error',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
