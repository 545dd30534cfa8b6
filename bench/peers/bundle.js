/** Bundles the peers' lanes for the page. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The source of lanes.js with the peers in it; twolane itself stays the page's, from dist/. */
export async function bundlePeers() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('lanes.js', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    external: ['twolane'],
    logLevel: 'error',
  });
  return outputFiles[0].text;
}
