import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDoorbell } from './doorbell.ts';
import { createRing, smallestCapacityWords } from './ring-layout.ts';
import type { StressResult, StressTask } from './testing/stress-worker.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WORKER = 'src/transport/testing/stress-worker';

/** Worker threads do not load TypeScript: the modules are compiled as they are now, into a folder of the test's own. */
let folder: string;
const threads: Worker[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-ring-'));
  const project = join(folder, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    rootDir: ROOT,
    outDir: folder,
    typeRoots: [join(ROOT, 'node_modules', '@types')],
  };
  const settings = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, files: [join(ROOT, `${WORKER}.ts`)] };
  writeFileSync(project, JSON.stringify({ ...settings, include: [] }));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  execFileSync(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', project]);
});
afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs one side to its end; rejects with what the thread threw. */
function runSide(workerData: StressTask): Promise<StressResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(folder, `${WORKER}.js`), { workerData });
    threads.push(worker);
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (status) => reject(new Error(`the thread ended with ${status} and no result`)));
  });
}

async function runBoth(messages: number, payloadWordsMax: number, capacityWords: number): Promise<StressResult[]> {
  // Cursors overflow int32 soon after the start.
  const rings = [createRing(capacityWords, 2 ** 31 - 1001), createRing(capacityWords, 2 ** 31 - 2000)];
  const doorbells = [createDoorbell(), createDoorbell()];
  return Promise.all(
    [0, 1].map((own) =>
      runSide({
        outbound: rings[own],
        inbound: rings[1 - own],
        ownDoorbell: doorbells[own],
        peerDoorbell: doorbells[1 - own],
        seed: own,
        peerSeed: 1 - own,
        messages,
        payloadWordsMax,
        parkTimeoutMs: 20_000,
      }),
    ),
  );
}

describe('two threads', () => {
  it.each([
    ['the smallest ring', 1, smallestCapacityWords(1)],
    ['the smallest ring for frames of all sizes', 15, smallestCapacityWords(15)],
    ['a ring with room', 15, 4096],
  ])('send each other 200000 messages through %s', async (_, payloadWordsMax, capacityWords) => {
    const messages = 200_000;
    const sides = await runBoth(messages, payloadWordsMax, capacityWords);
    for (const [i, side] of sides.entries()) {
      const other = sides[1 - i];
      expect(side).toMatchObject({ received: messages, wrong: 0, receivedChecksum: other.sentChecksum });
      expect(side.receivedChecksum).not.toBe(side.sentChecksum);
      expect(side.outbox.frames).toBe(messages);
      expect(side.outbox.batches).toBeGreaterThan(0);
      // Every flush with something new rings; a wake for room comes on top.
      expect(side.peer.wakesSent + side.peer.wakesSuppressed).toBeGreaterThanOrEqual(side.outbox.batches);
      if (capacityWords === 4096) continue;
      expect(side.outbox.spills).toBeGreaterThan(0);
      expect(side.own.parks).toBeGreaterThan(0);
      expect(side.peer.wakesSent).toBeGreaterThan(0);
    }
  });
});
