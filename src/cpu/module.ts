/** The embedded WebAssembly module. */
import base64 from '../../dist/kernel.wasm';

/** Why there is no module: the message says what is missing. */
export class NoModule extends Error {}

/** Compiles the embedded module. Throws NoModule where WebAssembly or its SIMD is missing, or a policy refuses it. */
export async function compileModule(): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new NoModule('WebAssembly is missing here');
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) throw new NoModule('WebAssembly SIMD is missing here');
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    throw new NoModule(`WebAssembly is refused here (${error instanceof Error ? error.message : error})`);
  }
}
