/** Compiles embedded WebAssembly modules. */

/** Why there is no module: the message says what is missing. */
export class NoModule extends Error {}

function decode(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** Compiles a module. Throws NoModule where WebAssembly, or its SIMD if the module has any, is missing, or a policy refuses it. */
export async function compileModule(base64: string): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new NoModule('WebAssembly is missing here');
  const bytes = decode(base64);
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    if (!WebAssembly.validate(bytes)) throw new NoModule('WebAssembly SIMD is missing here');
    throw new NoModule(`WebAssembly is refused here (${error instanceof Error ? error.message : error})`);
  }
}
