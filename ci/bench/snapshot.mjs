#!/usr/bin/env node
/**
 * What opening a snapshot costs beside reading its file: `npm run bench:snapshot -- [--rounds 7] [--warehouses 4]`.
 *
 * Each round reads the file and opens it, each in a process of its own, in alternating order, with the file in the system's
 * cache, so that no disk hides what the program does. Reading takes the file into fresh memory, as opening does. Prints a
 * line a round and the median of the ratios; never judges. The target is 3.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    warehouses: { type: 'string', default: '4' },
    once: { type: 'string' },
    path: { type: 'string' },
  },
});
const warehouses = Number(values.warehouses);

function read(path) {
  const startedMs = performance.now();
  const file = openSync(path, 'r');
  const bytes = new Uint8Array(fstatSync(file).size);
  for (let done = 0; done < bytes.length; ) done += readSync(file, bytes, done, bytes.length - done, done);
  closeSync(file);
  return { ms: performance.now() - startedMs, bytes: bytes.length };
}

async function open(path) {
  const built = (name) => import(new URL(`../../dist/${name}.js`, import.meta.url).href);
  const { Partition } = await built('src/engine/partition');
  const { restoreImage } = await built('src/engine/partition-image');
  const { NodeDisk } = await built('src/durability/disk');
  const { SnapshotReader } = await built('src/durability/snapshot');
  const { default: workload } = await built('workloads/tpcc/workload');
  const partition = new Partition();
  const placement = {
    shardId: 0,
    workerIndex: 0,
    firstWarehouse: 1,
    lastWarehouse: warehouses,
    totalWarehouses: warehouses,
    terminalsPerWarehouse: 10,
    seed: 1,
  };
  const options = Object.fromEntries(workload.options.map(({ name, default: value }) => [name, value]));
  workload.open(partition, placement, { kind: 'deck' }, options);
  const startedMs = performance.now();
  const reader = new SnapshotReader(new NodeDisk(), path);
  restoreImage(partition, reader);
  reader.end();
  return { ms: performance.now() - startedMs, bytes: partition.usedBytes };
}

function measure(once, path) {
  const args = [fileURLToPath(import.meta.url), '--once', once, '--path', path, '--warehouses', String(warehouses)];
  const child = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout);
}

function main() {
  const folder = mkdtempSync(join(tmpdir(), 'dbtest-snapshot-'));
  try {
    const dbtest = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));
    const shape = ['--num-threads', '1', '--warehouses', String(warehouses), '--data-dir', folder, '--quiet'];
    const load = spawnSync(process.execPath, [dbtest, 'load', ...shape], { encoding: 'utf8' });
    if (load.status !== 0) throw new Error(load.stderr);
    const shard = join(folder, 'shard-0');
    const path = join(
      shard,
      readdirSync(shard).find((name) => name.endsWith('.dbsnap')),
    );
    const { bytes } = measure('read', path);
    console.log(`${values.rounds} rounds, ${warehouses} warehouses, ${(bytes / 1e6).toFixed(0)} MB`);
    const ratios = [];
    for (let round = 1; round <= Number(values.rounds); round++) {
      const ms = {};
      for (const once of round % 2 === 0 ? ['open', 'read'] : ['read', 'open']) ms[once] = measure(once, path).ms;
      ratios.push(ms.open / ms.read);
      const rate = (each) => `${each.toFixed(0)} ms, ${(bytes / each / 1e6).toFixed(2)} GB/s`;
      console.log(`round ${round}  read ${rate(ms.read)}  open ${rate(ms.open)}  ratio ${ratios.at(-1).toFixed(2)}`);
    }
    ratios.sort((a, b) => a - b);
    const [low, middle, high] = [ratios[0], ratios[ratios.length >> 1], ratios[ratios.length - 1]];
    console.log(`opening / reading: median ${middle.toFixed(2)} (${low.toFixed(2)} .. ${high.toFixed(2)})`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (values.once === 'read') console.log(JSON.stringify(read(values.path)));
else if (values.once === 'open') console.log(JSON.stringify(await open(values.path)));
else main();
