/** NumPy's file format, version 1.0, for the command line and the explorer. */

/**
 * The header of an array of f32, shape (height, width). `text`, if any, is kept as a comment behind the dictionary, which is Python:
 * numpy.load reads over it.
 *
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @param {{ width: number, height: number, text?: string | null }} array `text`: ASCII, one line
 */
export function npyHeader({ width, height, text }) {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
  const line = text ? `${dictionary} # ${text}` : dictionary;
  // Magic, version and length are 10 bytes; data begin at a multiple of 64.
  const length = Math.ceil((10 + line.length + 1) / 64) * 64 - 10;
  const header = `\x93NUMPY\x01\0${String.fromCharCode(length & 255, length >> 8)}${line.padEnd(length - 1)}\n`;
  return Uint8Array.from(header, (character) => character.charCodeAt(0));
}
