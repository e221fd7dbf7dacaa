import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CompiledModules, compileModules } from './testing/compiled.ts';
import { ownThreadId } from './thread-name.ts';

const onLinux = process.platform === 'linux';
let modules: CompiledModules;

beforeAll(() => {
  modules = compileModules(['thread-name']);
});
afterAll(() => modules.remove());

/** What the thread says of itself, while it still runs. */
async function withNamed(name: string, look: (tid: number | null) => void): Promise<void> {
  const thread = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     import(workerData.module).then(({ nameThread, ownThreadId }) => {
       nameThread(workerData.name);
       parentPort.on('message', () => {});
       parentPort.postMessage(ownThreadId());
     });`,
    { eval: true, workerData: { module: modules.pathOf('thread-name'), name } },
  );
  try {
    const tid = await new Promise<number | null>((resolve, reject) => {
      thread.once('message', resolve);
      thread.once('error', reject);
    });
    look(tid);
  } finally {
    await thread.terminate();
  }
}

describe('a thread', () => {
  it.runIf(onLinux).each([
    ['s0-worker-1', 's0-worker-1'],
    ['exactly-15-byte', 'exactly-15-byte'],
    ['s12-transport-of-shard', 's12-transport-o'],
    ['wörker-überläng', 'wörker-überl'],
    ['fourteen bytes€', 'fourteen bytes'],
  ])('is called %j as %j', async (name, shown) => {
    const processName = readFileSync('/proc/self/comm', 'utf8');
    await withNamed(name, (tid) => {
      expect(tid).not.toBe(process.pid);
      expect(readFileSync(`/proc/self/task/${tid}/comm`, 'utf8')).toBe(`${shown}\n`);
    });
    expect(readFileSync('/proc/self/comm', 'utf8')).toBe(processName);
  });

  it.runIf(!onLinux)('has neither a name nor an id', async () => {
    await withNamed('s0-worker-1', (tid) => expect(tid).toBeNull());
  });
});

describe('ownThreadId', () => {
  it.runIf(onLinux)('is the id of the process in a main thread', async () => {
    const { isMainThread } = await import('node:worker_threads');
    expect(ownThreadId() === process.pid).toBe(isMainThread);
  });
});
