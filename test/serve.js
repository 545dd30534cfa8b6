/** A folder as a static host serves it. */
import { createServer } from 'node:http';
import sirv from 'sirv';

/**
 * Serves a folder on localhost.
 *
 * @param {string} folder
 * @param {string} [policy] a content-security policy
 * @returns {Promise<{ url: string, close(): void }>}
 */
export async function serveFolder(folder, policy) {
  const files = sirv(folder, {
    dev: true,
    setHeaders: (response) => void (policy && response.setHeader('Content-Security-Policy', policy)),
  });
  const server = createServer((request, response) =>
    files(request, response, () => void response.writeHead(404).end()),
  );
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
