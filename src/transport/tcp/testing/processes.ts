/** The processes of a test, which are stopped after it. */
import { expect } from 'vitest';
import { localShards, TestProcess, type TestProcessOptions, transportThreads } from './test-process.ts';

const processes: TestProcess[] = [];

/** Stops everything that a test has started; for `afterEach`. */
export async function stopProcesses(): Promise<void> {
  await Promise.all(processes.splice(0).map((process) => process.manager.stop()));
  expect(transportThreads()).toEqual([]);
}

/** A process that is not started. */
export async function create(...parameters: Parameters<typeof TestProcess.create>): Promise<TestProcess> {
  const process = await TestProcess.create(...parameters);
  processes.push(process);
  return process;
}

/** One started and linked process for each list of local shards. */
export async function cluster(lists: readonly number[][], options: TestProcessOptions = {}): Promise<TestProcess[]> {
  const shards = await localShards(lists.flat().length);
  const started = await Promise.all(lists.map((ids) => create(shards, ids, options)));
  await Promise.all(started.map(({ manager }) => manager.start()));
  await Promise.all(started.map(({ manager }) => manager.connect(10_000)));
  return started;
}
