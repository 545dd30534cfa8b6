/** Compiles embedded WebAssembly modules. */
import { reasonOf } from '../errors.js';

/** Why there is no module: the message says what is missing. */
export class NoModule extends Error {}

/** The bytes that slim.js writes as text; it says how. */
function fromText(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let further = 0;
  for (const character of text) {
    const distance = character.charCodeAt(0) - 32;
    if (distance < 93) {
      bytes.push(distance + further - 8);
      further = 0;
    } else {
      further = (distance - 92) * 93;
    }
  }
  return new Uint8Array(bytes);
}

/** Compiles an embedded module. Throws NoModule where WebAssembly, or its SIMD if the module has any, is missing, or a policy refuses it. */
export async function compileModule(text: string): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new NoModule('WebAssembly is missing here');
  const bytes = fromText(text);
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    if (!WebAssembly.validate(bytes)) throw new NoModule('WebAssembly SIMD is missing here');
    throw new NoModule(`WebAssembly is refused here (${reasonOf(error)})`);
  }
}
