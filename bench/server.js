/** Serves the benchmark's page, dist/ and the peers on localhost, cross-origin isolated so that its clock is fine-grained. */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import { PEERS_URL, TFJS_WASM_URL } from './peers/names.js';

const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * Starts the server on a free port.
 *
 * @param {Record<string, string>} headers of every response; cross-origin isolation if not given
 * @returns {Promise<{ url: string, close(): void }>}
 */
export async function serve(headers = ISOLATED) {
  /** @param {string} path relative to this file */
  const folder = (path) =>
    sirv(fileURLToPath(new URL(path, import.meta.url)), {
      dev: true,
      setHeaders(response) {
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      },
    });
  const page = folder('page');
  const folders = {
    '/dist/': folder('../dist'),
    [TFJS_WASM_URL]: folder('../node_modules/@tensorflow/tfjs-backend-wasm/dist'),
  };
  /** @type {Promise<string> | undefined} */
  let peers;
  const server = createServer((request, response) => {
    const notFound = () => void response.writeHead(404).end();
    const { url = '/' } = request;
    if (url === PEERS_URL) {
      peers ??= import('./peers/bundle.js').then(({ bundlePeers }) => bundlePeers());
      return peers.then(
        (source) => response.writeHead(200, { ...headers, 'Content-Type': 'text/javascript' }).end(source),
        (error) => response.writeHead(500).end(String(error)),
      );
    }
    const [prefix, serveFolder] = Object.entries(folders).find(([prefix]) => url.startsWith(prefix)) ?? ['/', page];
    request.url = url.slice(prefix.length - 1);
    serveFolder(request, response, notFound);
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
