/**
 * A PNG that is written row by row, so that a picture of 8192 × 8192 pixels is never in memory as a whole: the libraries for PNG
 * want all pixels at once. The browser's own deflate compresses, off the page's thread.
 *
 * Source: https://www.w3.org/TR/png-3/ (chunks in section 5, filters in 9).
 */

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
/** Filter type 1: each byte is stored as its difference to the pixel's on the left. */
const SUB = 1;
const CHANNELS = 3;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function crc(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = CRC_TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}

function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function header(width: number, height: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(13));
  view.setUint32(0, width);
  view.setUint32(4, height);
  // Eight bits a channel, RGB; deflate, adaptive filters, no interlace.
  view.setUint8(8, 8);
  view.setUint8(9, 2);
  return new Uint8Array(view.buffer);
}

/** Rows of RGBA numbers as PNG's filtered RGB bytes. */
function filterRows(pixels: Uint32Array, width: number): Uint8Array<ArrayBuffer> {
  const rows = pixels.length / width;
  const source = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const bytes = new Uint8Array(rows * (1 + CHANNELS * width));
  let to = 0;
  for (let row = 0, from = 0; row < rows; row++) {
    bytes[to++] = SUB;
    for (let column = 0; column < width; column++, from += 4) {
      for (let channel = 0; channel < CHANNELS; channel++) {
        const left = column > 0 ? source[from + channel - 4] : 0;
        bytes[to++] = source[from + channel] - left;
      }
    }
  }
  return bytes;
}

export interface PngWriter {
  /** Adds whole rows, RGBA numbers; resolves when the next ones may come. */
  write(pixels: Uint32Array): Promise<void>;
  /** Resolves with the file. */
  finish(): Promise<Blob>;
  /** Gives up, and frees what there is. */
  abort(): void;
}

/** Throws where the browser has no CompressionStream. */
export function makePng(width: number, height: number): PngWriter {
  if (typeof CompressionStream !== 'function') {
    throw new Error('this browser cannot compress a picture, so take a newer one, or save the counts');
  }
  const parts: Uint8Array<ArrayBuffer>[] = [SIGNATURE, chunk('IHDR', header(width, height))];
  const { readable, writable } = new CompressionStream('deflate');
  const writer = writable.getWriter();
  const drained = (async () => {
    const reader = readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      parts.push(chunk('IDAT', value));
    }
  })();
  // Its failure is told where it is awaited.
  drained.catch(() => {});
  return {
    async write(pixels) {
      await writer.ready;
      await writer.write(filterRows(pixels, width));
    },

    async finish() {
      await writer.close();
      await drained;
      return new Blob([...parts, chunk('IEND', new Uint8Array(0))], { type: 'image/png' });
    },

    abort() {
      parts.length = 0;
      writer.abort().catch(() => {});
    },
  };
}
