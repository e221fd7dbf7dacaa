/** The map of the project as rules: the one table of which folder may import which. `architecture.test.ts` holds it. */
import type { Arrows, Target } from './import-graph.ts';

const all = (path: string): Target => ({ path, typesOnly: false });
const types = (path: string): Target => ({ path, typesOnly: true });

/** The files directly in src/: errors, assertions and other tools without a place in the layers. */
const ROOT = all('src');
const ENGINE = all('src/engine');
const TRANSPORT = all('src/transport');
const DURABILITY = all('src/durability');
const SHARD = all('src/shard');
const DRIVERS = all('src/drivers');
const CONFIG = all('src/config');
const BENCH = all('src/bench');
const REPORT = all('src/report');

/** Every folder may import itself besides. What is not in a row is forbidden, and so is a folder without a row. */
export const ARROWS: Arrows = {
  src: [],
  'src/engine': [ROOT],
  'src/transport': [ROOT, ENGINE],
  'src/durability': [ROOT, ENGINE],
  'src/drivers': [ROOT, TRANSPORT, DURABILITY, ENGINE],
  'src/shard': [ROOT, types('src/config'), TRANSPORT, DURABILITY, ENGINE],
  'src/config': [ROOT],
  'src/bench': [ROOT, CONFIG, SHARD, DRIVERS, TRANSPORT, DURABILITY, ENGINE],
  'src/report': [ROOT, BENCH, CONFIG],
  'src/cli': [ROOT, REPORT, BENCH, CONFIG, SHARD, DRIVERS, TRANSPORT, DURABILITY, ENGINE],
  'workloads/*': [
    ROOT,
    all('src/bench/contract.ts'),
    all('src/bench/result.ts'),
    types('src/config/run-config.ts'),
    ENGINE,
  ],
  bin: [all('src/cli')],
  ci: [ROOT, TRANSPORT, all('bin')],
};

/** Folders whose modules the rules bind. */
export const SOURCE_FOLDERS = ['src', 'workloads', 'bin', 'ci'] as const;

/** A module longer than this is more than one noun. */
export const MODULE_LINES_MAX = 400;
