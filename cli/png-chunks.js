/**
 * The parts that a PNG consists of, for the command line and the explorer.
 *
 * Source: https://www.w3.org/TR/png-3/ (chunks in section 5, their sums in annex D).
 */

export const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);

/** The cyclic redundancy check's remainders of all bytes. */
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});

/** The checksum of a chunk's type and data. @param {Uint8Array} bytes */
export function crc32(bytes) {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = REMAINDERS[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** @param {string} type four letters @param {Uint8Array} data */
export function chunk(type, data) {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** The first chunk of a picture of 8 bits a channel, red, green and blue, not interlaced. @param {number} width @param {number} height */
export function headerChunk(width, height) {
  const view = new DataView(new ArrayBuffer(13));
  view.setUint32(0, width);
  view.setUint32(4, height);
  // Behind them the only compression and filter method there is.
  view.setUint8(8, 8);
  view.setUint8(9, 2);
  return chunk('IHDR', new Uint8Array(view.buffer));
}

/** The last chunk. */
export const endChunk = () => chunk('IEND', new Uint8Array(0));
