/**
 * Whole-array operators, the few of numpy that the articles' programs use. Each is one pass over its operands and puts its result
 * into a new array or, as numpy's ufuncs do, into `out`; only the boolean assignments write into an operand. A complex array is
 * numpy's complex128, re, im, re, im, … in f64; a mask has a byte an element, 0 or 1.
 */
type Complex = Float64Array<ArrayBuffer>;
type Real = Float64Array<ArrayBuffer>;
type Int = Int32Array<ArrayBuffer>;
type Single = Float32Array<ArrayBuffer>;
type Mask = Uint8Array<ArrayBuffer>;

/** The coordinates of every pixel, row-major: numpy.meshgrid. */
export function meshgrid(columns: Float64Array, rows: Float64Array): { xs: Real; ys: Real } {
  const width = columns.length;
  const xs = new Float64Array(width * rows.length);
  const ys = new Float64Array(width * rows.length);
  for (let row = 0; row < rows.length; row++) {
    xs.set(columns, row * width);
    ys.fill(rows[row], row * width, (row + 1) * width);
  }
  return { xs, ys };
}

/** re + 1j·im */
export function complex(re: Real, im: Real): Complex {
  const out = new Float64Array(2 * re.length);
  for (let i = 0; i < re.length; i++) {
    out[2 * i] = re[i];
    out[2 * i + 1] = im[i];
  }
  return out;
}

/** z·z, rounded as the definition of an orbit says. */
export function square(z: Complex, out = new Float64Array(z.length)): Complex {
  for (let i = 0; i < z.length; i += 2) {
    const re = z[i];
    const im = z[i + 1];
    out[i] = re * re - im * im;
    out[i + 1] = 2 * re * im;
  }
  return out;
}

/** a + b */
export function add(a: Complex, b: Complex, out = new Float64Array(a.length)): Complex {
  for (let i = 0; i < a.length; i++) out[i] = a[i] + b[i];
  return out;
}

/**
 * |z|². The articles take |z| and compare it with R; the definition of a count compares |z|² with R², so that the result does not
 * depend on how a library rounds its square roots. Counts are the same; a square root an element is saved.
 */
export function abs2(z: Complex, out = new Float64Array(z.length / 2)): Real {
  for (let i = 0; i < out.length; i++) {
    const re = z[2 * i];
    const im = z[2 * i + 1];
    out[i] = re * re + im * im;
  }
  return out;
}

/** a > limit */
export function greater(a: Real, limit: number, out = new Uint8Array(a.length)): Mask {
  for (let i = 0; i < a.length; i++) out[i] = a[i] > limit ? 1 : 0;
  return out;
}

/** a <= limit, false for NaN */
export function atMost(a: Real, limit: number): Mask {
  const out = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = a[i] <= limit ? 1 : 0;
  return out;
}

/** a == value */
export function equal(a: Int, value: number, out = new Uint8Array(a.length)): Mask {
  for (let i = 0; i < a.length; i++) out[i] = a[i] === value ? 1 : 0;
  return out;
}

/** a & b */
export function and(a: Mask, b: Mask, out = new Uint8Array(a.length)): Mask {
  for (let i = 0; i < a.length; i++) out[i] = a[i] & b[i];
  return out;
}

/** z[mask]: the marked elements, closed up. Counts them first, as numpy does. */
export function take(z: Complex, mask: Mask): Complex {
  let marked = 0;
  for (let i = 0; i < mask.length; i++) marked += mask[i];
  const out = new Float64Array(2 * marked);
  for (let i = 0, to = 0; i < mask.length; i++) {
    if (!mask[i]) continue;
    out[to++] = z[2 * i];
    out[to++] = z[2 * i + 1];
  }
  return out;
}

/** z[mask] = values */
export function put(z: Complex, mask: Mask, values: Complex): void {
  for (let i = 0, from = 0; i < mask.length; i++) {
    if (!mask[i]) continue;
    z[2 * i] = values[from++];
    z[2 * i + 1] = values[from++];
  }
}

/** a[mask] = value */
export function fill(a: Int, mask: Mask, value: number): void {
  for (let i = 0; i < mask.length; i++) if (mask[i]) a[i] = value;
}

/** where(mask, z, 0) */
export function whereElseZero(mask: Mask, z: Complex, out: Complex): Complex {
  for (let i = 0; i < mask.length; i++) {
    out[2 * i] = mask[i] ? z[2 * i] : 0;
    out[2 * i + 1] = mask[i] ? z[2 * i + 1] : 0;
  }
  return out;
}

/** where(mask, value, a) */
export function whereValue(mask: Mask, value: number, a: Int, out: Int): Int {
  for (let i = 0; i < mask.length; i++) out[i] = mask[i] ? value : a[i];
  return out;
}

/** The mask as 0 and 1 in f32: TensorFlow's cast. */
export function toSingle(mask: Mask): Single {
  const out = new Float32Array(mask.length);
  for (let i = 0; i < mask.length; i++) out[i] = mask[i];
  return out;
}

/** a + b in f32 */
export function addSingle(a: Single, b: Single): Single {
  const out = new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = a[i] + b[i];
  return out;
}
