/** What the precision table measures in the page. */

/** What takes the place of the barrier in glsl/df64.frag: without one, then forms that a compiler might see through or not. */
export const BARRIERS = [
  'value',
  'uintBitsToFloat(floatBitsToUint(value))',
  'value * float(1u + zero)',
  'value + float(zero)',
  'uintBitsToFloat(floatBitsToUint(value) + zero)',
  'uintBitsToFloat(floatBitsToUint(value) ^ zero)',
];

/** Counts of a job. @param {'f32' | 'df64'} precision @param {import('twolane').Job} job */
export async function measure(precision, job) {
  const { openGpu } = await import('twolane');
  const lane = await openGpu({ precision });
  const image = await lane.escapeTime(job);
  lane.close();
  if (image.precision !== precision) throw new Error(String(lane.fallbackReason));
  return [...image.counts];
}

/** What the lane's self-test says of each form. @param {string[]} forms */
export async function tryBarriers(forms) {
  const { openGpu } = await import('twolane');
  const gl = /** @type {any} */ (WebGL2RenderingContext.prototype);
  const { shaderSource } = gl;
  const verdicts = [];
  for (const form of forms) {
    gl.shaderSource = /** @this {any} @param {any} shader @param {string} source */ function (shader, source) {
      const changed = source.replace(/(float hold\(float value\) \{\s*return )[^;]*/, `$1${form}`);
      if (/\bhold\(/.test(source) && changed === source) throw new Error('the shader has another hold()');
      shaderSource.call(this, shader, changed);
    };
    const lane = await openGpu({ precision: 'df64' });
    lane.close();
    const share = /\((\d+ %)/.exec(lane.fallbackReason ?? '');
    verdicts.push(share ? `breaks: ${share[1]} differ` : 'holds');
  }
  gl.shaderSource = shaderSource;
  return verdicts;
}
