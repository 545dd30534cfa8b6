/** Compiles embedded WebAssembly modules. */
import { nodeModule } from '../pool/thread.js';

/** Why there is no module: the message says what is missing. */
export class NoModule extends Error {}

/** Inflates: by zlib in Node and what passes for it, as old versions of Bun have no DecompressionStream. */
async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<BufferSource> {
  const zlib = await nodeModule('node:zlib');
  if (zlib) return zlib.inflateRawSync(bytes);
  if (typeof DecompressionStream !== 'function') throw new NoModule('DecompressionStream is missing here');
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).arrayBuffer();
}

/** Compiles a module that is deflated, in base64. Throws NoModule where WebAssembly, or its SIMD if the module has any, is missing, or a policy refuses it. */
export async function compileModule(base64: string): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new NoModule('WebAssembly is missing here');
  const bytes = await inflate(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    if (!WebAssembly.validate(bytes)) throw new NoModule('WebAssembly SIMD is missing here');
    throw new NoModule(`WebAssembly is refused here (${error instanceof Error ? error.message : error})`);
  }
}
