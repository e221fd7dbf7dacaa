import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AssertionFailure } from '../../assert.ts';
import { affinityOf, readCpuTopology } from './cpu-topology.ts';
import { PINNING_UNAVAILABLE, planPlacement } from './placement.ts';
import { type CompiledModules, compileModules } from './testing/compiled.ts';
import { applyPlacement, lowerPriority, readBackCpus, type ThreadAssignment } from './thread-affinity.ts';

const onLinux = process.platform === 'linux';
const hasTaskset = onLinux && spawnSync('taskset', ['--version']).error === undefined;
const ownCpus = () => affinityOf(readFileSync('/proc/self/status', 'utf8'));
const threads: Worker[] = [];

afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
});

/** Starts a thread that waits; gives its id in the operating system. */
function startThread(): Promise<number> {
  const thread = new Worker(
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', () => {});
     parentPort.postMessage(Number(require('node:fs').readlinkSync('/proc/thread-self').split('/').at(-1)));`,
    { eval: true },
  );
  threads.push(thread);
  return new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}

async function endedThread(): Promise<number> {
  const tid = await startThread();
  await threads.pop()?.terminate();
  return tid;
}

const assignment = (tid: number, cpus: number[]): ThreadAssignment => ({
  kind: 'worker',
  shardId: 0,
  index: 3,
  cpus,
  tid,
});

describe.runIf(hasTaskset)('applyPlacement on Linux', () => {
  it('binds every thread to its own CPUs and no other thread', async () => {
    const topology = readCpuTopology();
    const before = ownCpus();
    const { assignments } = planPlacement({
      threads: [0, 1, 2].map((index) => ({ kind: 'worker', shardId: 0, index })),
      topology,
      pin: true,
      cpuList: null,
    });
    const bystander = await startThread();
    const tids = await Promise.all(assignments.map(() => startThread()));
    const bound = assignments.map((each, i) => ({ ...each, tid: tids[i] }));
    expect(await applyPlacement(bound)).toEqual([]);
    expect(tids.map(readBackCpus)).toEqual(assignments.map(({ cpus }) => cpus));
    expect(ownCpus()).toEqual(before);
    expect(readBackCpus(process.pid)).toEqual(before);
    expect(readBackCpus(bystander)).toEqual(before);
  });

  it('binds a thread to several CPUs', async () => {
    const cpus = readCpuTopology()?.allowedCpus ?? [];
    const tid = await startThread();
    expect(await applyPlacement([assignment(tid, cpus.slice(0, 1))])).toEqual([]);
    expect(await applyPlacement([assignment(tid, cpus.toReversed())])).toEqual([]);
    expect(readBackCpus(tid)).toEqual(cpus);
  });

  it('remarks on a CPU that does not exist, and goes on with the next thread', async () => {
    const [first] = readCpuTopology()?.allowedCpus ?? [];
    const tids = [await startThread(), await startThread()];
    const remarks = await applyPlacement([assignment(tids[0], [60_000]), assignment(tids[1], [first])]);
    expect(remarks).toEqual([expect.stringMatching(/^worker 3 of shard 0 is not bound to CPU 60000: .+$/)]);
    expect(readBackCpus(tids[1])).toEqual([first]);
  });

  it('remarks on a thread that has ended', async () => {
    const remarks = await applyPlacement([assignment(await endedThread(), [0])]);
    expect(remarks).toEqual([expect.stringMatching(/^worker 3 of shard 0 is not bound to CPU 0: .+$/)]);
  });
});

describe('applyPlacement', () => {
  it.runIf(onLinux)('remarks once when there is no taskset', async () => {
    const bound = [assignment(process.pid, [0]), assignment(process.pid, [0])];
    expect(await applyPlacement(bound, { taskset: '/nowhere/taskset' })).toEqual([
      'threads are not bound to CPUs: there is no command /nowhere/taskset (a part of util-linux)',
    ]);
  });

  it.runIf(onLinux)('believes what the system shows and not the command', async () => {
    const shown = readBackCpus(process.pid) ?? [];
    const remarks = await applyPlacement([assignment(process.pid, [60_000])], { taskset: 'true' });
    expect(remarks).toHaveLength(1);
    expect(remarks[0]).toMatch(/^worker 3 of shard 0 is not bound to CPU 60000: it may run on [\d,-]+$/);
    expect(readBackCpus(process.pid)).toEqual(shown);
  });

  it('does nothing on another system and says so', async () => {
    const tools = { platform: 'darwin', taskset: '/nowhere/taskset' } as const;
    expect(await applyPlacement([assignment(1, [0])], tools)).toEqual([PINNING_UNAVAILABLE]);
  });

  it('has nothing to say of no threads', async () => {
    expect(await applyPlacement([], { platform: 'darwin' })).toEqual([]);
  });

  it('asserts on what would bind the caller', async () => {
    await expect(applyPlacement([assignment(0, [0])], { platform: 'linux' })).rejects.toThrow(AssertionFailure);
  });
});

describe('readBackCpus', () => {
  it('knows no thread of another process', () => {
    expect(readBackCpus(2 ** 30)).toBeNull();
    expect(readBackCpus(process.ppid)).toBeNull();
  });
});

describe('lowerPriority', () => {
  it.runIf(onLinux)('lowers one thread and never raises it', async () => {
    const own = getPriority(process.pid);
    const tid = await startThread();
    expect(lowerPriority(tid, 12)).toBeNull();
    expect(getPriority(tid)).toBe(Math.max(12, own));
    expect(lowerPriority(tid, 5)).toBeNull();
    expect(getPriority(tid)).toBe(Math.max(12, own));
    expect(getPriority(process.pid)).toBe(own);
  });

  it.runIf(onLinux)('remarks on a thread that has ended', async () => {
    const tid = await endedThread();
    expect(lowerPriority(tid, 5)).toMatch(new RegExp(`^the priority of thread ${tid} is not lowered: .*ESRCH.*$`));
  });

  it('does nothing on another system and says so', () => {
    const own = getPriority(process.pid);
    expect(lowerPriority(process.pid, 19, 'win32')).toBe(
      'the priority of a thread is not lowered: that is possible on Linux only',
    );
    expect(getPriority(process.pid)).toBe(own);
  });

  it.each([
    [0, 5],
    [1, 0],
    [1, -5],
    [1, 20],
  ])('asserts on thread %i and niceness %i', (tid, niceness) => {
    expect(() => lowerPriority(tid, niceness)).toThrow(AssertionFailure);
  });
});

/** A process of its own whose first asynchronous call of node:fs is that of a bound thread; prints its threads' CPUs. */
const SHARED_POOL_PROGRAM = `
  const { Worker } = require('node:worker_threads');
  const { readdirSync } = require('node:fs');
  const { applyPlacement, readBackCpus } = require(process.argv[1]);
  const thread = new Worker(\`
    const { parentPort } = require('node:worker_threads');
    const fs = require('node:fs');
    parentPort.on('message', () => fs.stat('/', () => parentPort.postMessage('read')));
    parentPort.postMessage(Number(fs.readlinkSync('/proc/thread-self').split('/').at(-1)));
  \`, { eval: true });
  thread.once('message', async (tid) => {
    const remarks = await applyPlacement([{ kind: 'worker', shardId: 0, index: 0, cpus: [Number(process.argv[2])], tid }]);
    thread.once('message', () => {
      const cpus = readdirSync('/proc/self/task').map((id) => [Number(id), readBackCpus(Number(id))]);
      console.log(JSON.stringify({ tid, remarks, cpus }));
      process.exit();
    });
    thread.postMessage('read');
  });
`;

describe.runIf(hasTaskset && (ownCpus() ?? []).length > 1)('a process with a bound thread', () => {
  let modules: CompiledModules;
  beforeAll(() => {
    modules = compileModules(['thread-affinity']);
  });
  afterAll(() => modules.remove());

  it('has no other thread that took over its CPUs', () => {
    const all = ownCpus() ?? [];
    const words = ['--no-warnings', '--experimental-require-module', '-e', SHARED_POOL_PROGRAM];
    const output = execFileSync(process.execPath, [...words, modules.pathOf('thread-affinity'), `${all[0]}`], {
      encoding: 'utf8',
    });
    const { tid, remarks, cpus } = JSON.parse(output) as {
      tid: number;
      remarks: string[];
      cpus: [number, number[] | null][];
    };
    expect(remarks).toEqual([]);
    expect(cpus.length).toBeGreaterThan(2);
    for (const [id, shown] of cpus) expect([id, shown]).toEqual([id, id === tid ? [all[0]] : all]);
  });
});
