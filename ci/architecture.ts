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
const STATISTICS = all('src/statistics');
const COMPARE = all('src/compare');
const SWEEP = all('src/sweep');
const HISTORY = all('src/history');
const SIMULATION = all('src/simulation');

/** Every folder may import itself besides. What is not in a row is forbidden, and so is a folder without a row. */
export const ARROWS: Arrows = {
  src: [],
  'src/engine': [ROOT],
  'src/transport': [ROOT, ENGINE],
  'src/durability': [ROOT, ENGINE],
  'src/drivers': [ROOT, TRANSPORT, DURABILITY, ENGINE],
  'src/shard': [ROOT, types('src/config'), TRANSPORT, DURABILITY, ENGINE],
  'src/config': [ROOT],
  'src/history': [ROOT],
  'src/bench': [ROOT, CONFIG, SHARD, DRIVERS, TRANSPORT, DURABILITY, ENGINE, HISTORY],
  'src/statistics': [ROOT],
  'src/compare': [ROOT, STATISTICS, types('src/bench'), CONFIG],
  'src/sweep': [ROOT, COMPARE, STATISTICS, types('src/bench'), CONFIG],
  'src/report': [ROOT, COMPARE, SWEEP, STATISTICS, BENCH, CONFIG],
  'src/simulation': [ROOT, types('src/config'), BENCH, SHARD, TRANSPORT, DURABILITY, ENGINE, HISTORY],
  'src/cli': [
    ROOT,
    REPORT,
    COMPARE,
    SWEEP,
    STATISTICS,
    SIMULATION,
    BENCH,
    CONFIG,
    SHARD,
    DRIVERS,
    TRANSPORT,
    DURABILITY,
    ENGINE,
    HISTORY,
  ],
  'workloads/*': [
    ROOT,
    all('src/bench/contract.ts'),
    all('src/bench/database/contract.ts'),
    all('src/bench/result.ts'),
    all('src/drivers/contract.ts'),
    all('src/drivers/decimal-text.ts'),
    types('src/config/run-config.ts'),
    types('src/history/history-writer.ts'),
    types('src/simulation/contract.ts'),
    ENGINE,
  ],
  bin: [all('src/cli')],
  ci: [ROOT, ENGINE, TRANSPORT, SHARD, CONFIG, BENCH, REPORT, all('src/history'), all('src/cli'), all('bin')],
};

/** Folders whose modules the rules bind. */
export const SOURCE_FOLDERS = ['src', 'workloads', 'bin', 'ci'] as const;

/** A module longer than this is more than one noun. */
export const MODULE_LINES_MAX = 400;
