/** Starts a worker in any environment: Worker in browsers, Deno and Bun, worker_threads in Node. */

export interface Thread<To> {
  post(message: To, transfer?: ArrayBuffer[]): void;
  /** Whether the thread keeps Node's process alive, as it should only while it works. */
  hold(holds: boolean): void;
  close(): void;
}

interface Handlers<From> {
  onMessage(message: From): void;
  /** The thread died, or never started. It is not called after close(). */
  onDeath(reason: string): void;
}

/** Node's Worker, as far as it is used. */
interface NodeWorker {
  postMessage(message: unknown, transfer?: ArrayBuffer[]): void;
  on(event: 'message', listener: (message: never) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'exit', listener: (code: number) => void): void;
  ref(): void;
  unref(): void;
  terminate(): void;
}

interface NodeModules {
  'node:worker_threads': { Worker: new (source: string, options: { eval: true; execArgv: string[] }) => NodeWorker };
  'node:os': { availableParallelism(): number };
}

declare const Deno: unknown;
declare const process: { versions?: { node?: string }; getBuiltinModule?(name: string): unknown } | undefined;

/** A module of Node's, without an import that bundlers would follow. */
async function nodeModule<Name extends keyof NodeModules>(name: Name): Promise<NodeModules[Name] | null> {
  if (typeof process !== 'object' || !process.versions?.node) return null;
  const module = process.getBuiltinModule?.(name) ?? import(/* webpackIgnore: true */ /* @vite-ignore */ name);
  return (await module) as NodeModules[Name];
}

/** How many threads the machine runs at once; null where that is not told. */
export async function coreCount(): Promise<number | null> {
  // Node first: where it plays a browser for tests, the navigator makes its cores up.
  const os = await nodeModule('node:os').catch(() => null);
  return os?.availableParallelism() ?? (globalThis.navigator?.hardwareConcurrency || null);
}

/** Trusted Types, where a page may be made to ask for them. */
declare const trustedTypes: { createPolicy(name: string, rules: Policy): Policy };
interface Policy {
  createScriptURL(url: string): string;
}
const plain: Policy = { createScriptURL: (url) => url };
let policy: Policy | undefined;

/** A worker's URL, wrapped by the page's Trusted Types policy `twolane`; as it is where there is none, or it is refused. */
function trust(url: string): string {
  try {
    // A page may allow no second one of the name.
    policy ??= trustedTypes.createPolicy('twolane', plain);
  } catch {
    // There are none, or it is refused: then there are no workers, if the page insists.
    policy = plain;
  }
  return policy.createScriptURL(url);
}

/** The function that loads a module of Node's in a worker's script: not every Deno has `require` there, nor every Node the other one. */
const LOAD = "typeof require === 'function' ? require : process.getBuiltinModule";

/** Starts a thread that runs `source`, a script without imports. Throws where there are no workers. */
export async function startThread<To, From>(
  source: string,
  { onMessage, onDeath }: Handlers<From>,
): Promise<Thread<To>> {
  let url: string | null = null;
  let closed = false;
  const die = (reason: string) => {
    if (!closed) onDeath(reason);
    closed = true;
  };
  const revoke = () => url && URL.revokeObjectURL(url);
  let worker: Pick<NodeWorker, 'postMessage' | 'terminate'> & Partial<NodeWorker>;
  // Deno has both kinds, and only those of Node can be let go of there. In Node, test setups make another kind up.
  const isNative = /\[native/.test(String(globalThis.Worker)) && typeof Deno !== 'object';
  const node = isNative ? null : await nodeModule('node:worker_threads');
  if (node) {
    const started = new node.Worker(`globalThis.self = (${LOAD})('node:worker_threads').parentPort; ${source}`, {
      eval: true,
      execArgv: [],
    });
    started.on('message', onMessage);
    started.on('error', (error) => die(error.message));
    started.on('exit', (code) => die(`the worker ends with code ${code}`));
    worker = started;
  } else {
    if (typeof Worker !== 'function') throw new Error('there are no workers');
    url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    // A classic script: module workers from blobs are refused to pages of an opaque origin, such as sandboxed frames and files.
    let started: Worker;
    try {
      started = new Worker(trust(url));
    } catch (error) {
      revoke();
      throw error;
    }
    started.onmessage = ({ data }) => onMessage(data);
    started.onerror = (event) => {
      event.preventDefault();
      die(event.message || 'the worker does not start, as where a policy lacks worker-src blob:');
    };
    started.onmessageerror = () => die('a message cannot be read');
    worker = started as unknown as typeof worker;
  }
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    // Bun's workers can be let go of as Node's can.
    hold: (holds) => worker[holds ? 'ref' : 'unref']?.(),
    close() {
      closed = true;
      revoke();
      worker.terminate();
    },
  };
}
