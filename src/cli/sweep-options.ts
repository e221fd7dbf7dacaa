/** The options of `dbtest sweep`: its own, and those of its runs, which it hands on. */

import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkWritable } from '../atomic-file.ts';
import { shownText } from '../config/shown.ts';
import { usageFault } from '../errors.ts';
import { parseThreshold, THRESHOLD_FORMS, type Threshold } from '../report/thresholds.ts';
import { AXIS_FORMS, MOST_POINTS, parseAxis, sizeOf } from '../sweep/axes.ts';
import type { Axis } from '../sweep/sweep.ts';
import type { GivenValues, OptionDefinitions } from './command.ts';
import { runOptionDefinitions } from './option-definitions.ts';
import { OptionReader } from './option-reader.ts';
import { checkHtmlPath } from './outputs.ts';
import type { LoadedWorkload } from './workloads.ts';

const SWEEP = 'Sweep:';
const OUTPUT = 'Output:';

const DEFAULT_REPEAT = 3;
const DEFAULT_SEED = 1;
const DEFAULT_PRECISION_PCT = 5;
const REPEATS = { low: 1, high: 1000 };
const SEEDS = { low: 0, high: 2 ** 32 - 1 };

/** Those that runs of a sweep have no say in. */
const OWN_OPTIONS: OptionDefinitions = {
  vary: {
    group: SWEEP,
    kind: 'value',
    isRepeatable: true,
    describe: `Vary ${AXIS_FORMS}; shards=1,2,4 is the number of shards. All combinations are run`,
  },
  repeat: {
    group: SWEEP,
    kind: 'value',
    describe: 'Runs of each combination, every other time in reverse order; runs of each rate near the highest',
    defaultText: String(DEFAULT_REPEAT),
  },
  'find-max-rate': {
    group: SWEEP,
    kind: 'value',
    describe:
      "Search the highest rate (open loop) that keeps a threshold such as 'newOrder.p99<2ms'; --rate is the first tried",
  },
  precision: {
    group: SWEEP,
    kind: 'value',
    describe: 'How close the highest rate that holds and the lowest that does not shall be',
    defaultText: `${DEFAULT_PRECISION_PCT}%`,
  },
  seed: {
    group: SWEEP,
    kind: 'value',
    describe: 'Seed of the first repetition; each further one has the next',
    defaultText: String(DEFAULT_SEED),
  },
  out: {
    group: OUTPUT,
    kind: 'value',
    describe: 'Keep every run in this folder; the same command goes on there after an interruption',
  },
  json: {
    group: OUTPUT,
    kind: 'value',
    describe: 'Write the sweep as JSON to this file; - is stdout, and the text report then goes to stderr',
  },
  csv: { group: OUTPUT, kind: 'value', describe: 'Write a line for each run to this CSV file; - is stdout' },
  html: { group: OUTPUT, kind: 'value', describe: 'Write the sweep as one HTML file, with charts' },
  quiet: { group: OUTPUT, kind: 'flag', describe: 'No progress on stderr' },
};

/** Options of a run that a sweep can hand on or vary. */
export function handedOn(workload: LoadedWorkload | null): OptionDefinitions {
  const all = runOptionDefinitions(workload);
  return Object.fromEntries(
    Object.entries(all).filter(([name, { group }]) => group !== OUTPUT && !Object.hasOwn(OWN_OPTIONS, name)),
  );
}

export const sweepOptionDefinitions = (workload: LoadedWorkload | null): OptionDefinitions => ({
  ...OWN_OPTIONS,
  ...handedOn(workload),
});

export interface SweepOptions {
  axes: Axis[];
  /** Options of all runs: `--num-threads=2`. */
  runWords: string[];
  repeat: number;
  seed: number;
  /** Null for a sweep without a search. */
  search: { threshold: Threshold; precisionPct: number; firstRate: number | null } | null;
  outFolder: string | null;
  jsonPath: string | null;
  csvPath: string | null;
  htmlPath: string | null;
  quiet: boolean;
}

/** @throws OperatingFault at the first value that is not accepted, or where options contradict each other */
export function readSweepOptions(given: GivenValues, workload: LoadedWorkload): SweepOptions {
  const read = new OptionReader(given);
  const axes = readAxes(read, workload, given);
  const search = readSearch(read, axes, given);
  if (axes.length === 0 && search === null) {
    throw usageFault("sweep: give --vary OPTION=VALUES, as often as you like, or --find-max-rate 'newOrder.p99<2ms'");
  }
  const outputs = {
    outFolder: read.text('out', 'the path of a folder'),
    jsonPath: read.text('json', 'the path of a file, or - for stdout'),
    csvPath: read.text('csv', 'the path of a file, or - for stdout'),
    htmlPath: read.text('html', 'the path of a file'),
  };
  checkSweepOutputs(outputs);
  return {
    axes,
    runWords: runWordsOf(given, workload, search === null ? [] : ['rate']),
    repeat: read.wholeNumber('repeat', REPEATS) ?? DEFAULT_REPEAT,
    seed: read.wholeNumber('seed', SEEDS) ?? DEFAULT_SEED,
    search,
    ...outputs,
    quiet: read.flag('quiet'),
  };
}

function readAxes(read: OptionReader, workload: LoadedWorkload, given: GivenValues): Axis[] {
  const axes = (read.texts('vary', AXIS_FORMS) ?? []).map((text) => {
    const axis = parseAxis(text);
    if (axis === null)
      throw usageFault(`--vary: ${shownText(text)} is not accepted; give ${AXIS_FORMS}, each value once`);
    return axis;
  });
  const names = axes.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw usageFault(`--vary: ${twice} is varied twice; name all its values in one --vary`);
  const both = names.find((name) => given[name] !== undefined && Object.hasOwn(handedOn(workload), name));
  if (both !== undefined) throw usageFault(`--${both}: is varied by --vary, too; give it once`);
  const points = sizeOf(axes);
  if (points > MOST_POINTS) {
    throw usageFault(
      `--vary: these are ${points} combinations; vary fewer values, at most ${MOST_POINTS} combinations`,
    );
  }
  return axes;
}

function readSearch(read: OptionReader, axes: readonly Axis[], given: GivenValues): SweepOptions['search'] {
  const text = read.text('find-max-rate', THRESHOLD_FORMS);
  const precision = read.matching('precision', /^\d+(\.\d+)?%?$/, 'a percentage from 0.5% to 50%, such as 5%');
  if (text === null) {
    if (precision !== null) throw usageFault('--precision belongs to --find-max-rate; give both or neither');
    return null;
  }
  const precisionPct = precision === null ? DEFAULT_PRECISION_PCT : Number(precision.replace('%', ''));
  if (precisionPct < 0.5 || precisionPct > 50) {
    throw usageFault(`--precision: ${shownText(precision ?? '')} is not accepted; give a percentage from 0.5% to 50%`);
  }
  if (axes.some(({ name }) => name === 'rate' || name === 'pacing') || given.pacing !== undefined) {
    throw usageFault('--find-max-rate sets the rate of each run; leave out --pacing and --vary rate or pacing');
  }
  const threshold = parseThreshold(text, '--find-max-rate');
  if (threshold.comparison.startsWith('>')) {
    throw usageFault(
      `--find-max-rate: ${shownText(text)}: low rates would break that; give an upper limit, such as newOrder.p99<2ms`,
    );
  }
  return {
    threshold,
    precisionPct,
    firstRate: read.decimal('rate', { low: 0.001, high: 1e9 }),
  };
}

/** The options of a run among those given, as words that a parser reads the same way whatever the values begin with. */
function runWordsOf(given: GivenValues, workload: LoadedWorkload, leftOut: readonly string[]): string[] {
  return Object.entries(handedOn(workload)).flatMap(([name, { kind }]) => {
    const value = given[name];
    if (value === undefined || leftOut.includes(name)) return [];
    if (kind === 'flag') return value === true ? [`--${name}`] : [];
    return (Array.isArray(value) ? value : [value]).map((each) => `--${name}=${String(each)}`);
  });
}

type Outputs = Pick<SweepOptions, 'outFolder' | 'jsonPath' | 'csvPath' | 'htmlPath'>;

function checkSweepOutputs({ outFolder, jsonPath, csvPath, htmlPath }: Outputs): void {
  if (jsonPath !== null && csvPath !== null && sameFile(jsonPath, csvPath)) {
    throw usageFault(`--csv: ${shownText(csvPath)} is the file of the JSON result; give another`);
  }
  if (htmlPath !== null && csvPath !== null && sameFile(htmlPath, csvPath)) {
    throw usageFault(`--html: ${shownText(htmlPath)} is the CSV file; give another`);
  }
  // A folder that the sweep will make cannot be written to yet.
  const isNew = (path: string): boolean =>
    outFolder !== null && !existsSync(outFolder) && dirname(resolve(path)) === resolve(outFolder);
  for (const path of [jsonPath, csvPath]) if (path !== null && path !== '-' && !isNew(path)) checkWritable(path);
  if (htmlPath !== null && !isNew(htmlPath)) checkHtmlPath(htmlPath, jsonPath);
}

const sameFile = (a: string, b: string): boolean => a === b || (a !== '-' && b !== '-' && resolve(a) === resolve(b));
