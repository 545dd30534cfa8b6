/** Where a comparison runs, as far as a page, Node, Deno or Bun knows. */
import { coreCount } from './pool/thread.js';

declare const process: { versions?: Record<string, string | undefined>; platform?: string; arch?: string } | undefined;

/**
 * The environment, as a comparison records it: `runtime`, name and version, in a browser its user agent; `platform`, such as
 * 'linux x64', null in a browser, which has it in its user agent; `cores`, hardware threads; `crossOriginIsolated`, whether a page
 * is, and so has a fine-grained clock, null outside pages.
 */
export async function describeEnvironment(): Promise<Record<string, string | number | boolean | null>> {
  const { versions = {}, platform, arch } = typeof process === 'object' ? process : {};
  // Deno and Bun pass for Node, too, so they are asked first.
  const names = { bun: 'Bun', deno: 'Deno', node: 'Node.js' };
  const key = (Object.keys(names) as (keyof typeof names)[]).find((key) => versions[key]);
  const userAgent = typeof navigator === 'object' ? navigator.userAgent : null;
  return {
    runtime: key ? `${names[key]} ${versions[key]}` : userAgent,
    // Some pages have a `process` without a version.
    platform: key && platform && arch ? `${platform} ${arch}` : null,
    cores: await coreCount(),
    crossOriginIsolated: globalThis.crossOriginIsolated ?? null,
  };
}
