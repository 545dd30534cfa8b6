/**
 * The header of an array of float32 in numpy's file format, version 1.0, rows first.
 *
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function npyHeader(width: number, height: number): Uint8Array<ArrayBuffer> {
  const MAGIC = 10;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
  // The data begin at a multiple of 64.
  const padded = `${text.padEnd(Math.ceil((MAGIC + text.length + 1) / 64) * 64 - MAGIC - 1)}\n`;
  const bytes = new Uint8Array(MAGIC + padded.length);
  bytes.set([0x93, ...'NUMPY'].map((byte) => (typeof byte === 'number' ? byte : byte.charCodeAt(0))));
  bytes.set([1, 0, padded.length & 255, padded.length >> 8], 6);
  bytes.set(new TextEncoder().encode(padded), MAGIC);
  return bytes;
}
