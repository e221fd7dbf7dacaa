/** The options of `dbtest compare`: names, explanations, and the values they come to. */
import { FAIL_FORMS, type FailCondition, parseFailConditions } from '../compare/fail-if.ts';
import { shownText } from '../config/shown.ts';
import { usageFault } from '../errors.ts';
import { PAIRS_BEFORE_STOP, type PairPlan } from '../statistics/pair-plan.ts';
import type { GivenValues, OptionDefinitions } from './command.ts';
import { OptionReader } from './option-reader.ts';

const SIDES = 'What to compare:';
const PAIRS = 'How often:';
const OUTPUT = 'Output:';

export const DEFAULT_PRECISION_PCT = 2;
const DEFAULT_PAIRS_MOST = 30;
const DEFAULT_SHARDS = 2;
const DEFAULT_SEED = 1;
const PAIR_COUNTS = { low: 1, high: 10_000 };
const SHARD_COUNTS = { low: 2, high: 64 };
const SEEDS = { low: 0, high: 2 ** 32 - 1 };

export const COMPARE_OPTIONS: OptionDefinitions = {
  a: { group: SIDES, kind: 'value', describe: 'Options of the runs of A, in quotes' },
  b: { group: SIDES, kind: 'value', describe: 'Options of the runs of B, in quotes' },
  both: { group: SIDES, kind: 'value', describe: 'Options of all runs, in quotes' },
  'single-vs-multi': {
    group: SIDES,
    kind: 'flag',
    describe: 'The same warehouses and threads in one shard and in several, and several shards beside one of that size',
  },
  shards: {
    group: SIDES,
    kind: 'value',
    describe: 'Shards of --single-vs-multi; --both says the threads and warehouses of each',
    defaultText: String(DEFAULT_SHARDS),
  },
  pairs: { group: PAIRS, kind: 'value', describe: 'Pairs of runs, in the order A B B A' },
  precision: {
    group: PAIRS,
    kind: 'value',
    describe: 'Half-width of the interval to reach: without --pairs, pairs are run until then',
    defaultText: `${DEFAULT_PRECISION_PCT}%`,
  },
  'max-pairs': {
    group: PAIRS,
    kind: 'value',
    describe: 'At most this many, if the precision is not reached before',
    defaultText: String(DEFAULT_PAIRS_MOST),
  },
  seed: {
    group: PAIRS,
    kind: 'value',
    describe: 'Seed of the first pair; each further pair has the next one',
    defaultText: String(DEFAULT_SEED),
  },
  'fail-if': { group: OUTPUT, kind: 'value', describe: `Exit with status 4 if B is: ${FAIL_FORMS}` },
  json: {
    group: OUTPUT,
    kind: 'value',
    describe: 'Write the comparison as JSON to this file; - is stdout, and the text report then goes to stderr',
  },
  html: {
    group: OUTPUT,
    kind: 'value',
    describe: 'Write the comparison as one HTML file, with charts; it opens offline in any browser',
  },
  quiet: { group: OUTPUT, kind: 'flag', describe: 'No progress on stderr' },
};

/** Options whose values are options. */
export const QUOTED_OPTIONS = ['a', 'b', 'both'] as const;

/** Those that say how to run, and mean nothing where results are stored. */
const RUN_OPTIONS = ['a', 'b', 'both', 'single-vs-multi', 'shards', 'pairs', 'max-pairs', 'seed'] as const;

export interface CompareOptions {
  /** Words of the command line: files, folders, `vs`. Empty where runs are made. */
  files: string[];
  /** Texts as given. */
  a: string | null;
  b: string | null;
  both: string;
  /** Null without `--single-vs-multi`. */
  shards: number | null;
  plan: PairPlan;
  /** 0.02 is plus or minus 2%. */
  precision: number;
  seed: number;
  failIf: FailCondition[];
  jsonPath: string | null;
  htmlPath: string | null;
  quiet: boolean;
}

/** @throws OperatingFault at the first value that is not accepted, or where options contradict each other */
export function readCompareOptions(given: GivenValues): CompareOptions {
  const read = new OptionReader(given);
  const files = ((given.files ?? []) as unknown[]).map(String);
  const shards = read.wholeNumber('shards', SHARD_COUNTS);
  const pairs = read.wholeNumber('pairs', PAIR_COUNTS);
  const pairsMost = read.wholeNumber('max-pairs', { ...PAIR_COUNTS, low: PAIRS_BEFORE_STOP });
  const precision = readPrecision(read);
  const single = read.flag('single-vs-multi');
  if (pairs !== null && pairsMost !== null) {
    throw usageFault('--pairs and --max-pairs both say when to end; give one of them');
  }
  if (shards !== null && !single) throw usageFault('--shards belongs to --single-vs-multi; give both or neither');
  refuseMixture(given, files, single);
  return {
    files,
    a: textOf(given, 'a'),
    b: textOf(given, 'b'),
    both: textOf(given, 'both') ?? '',
    shards: single ? (shards ?? DEFAULT_SHARDS) : null,
    plan:
      pairs === null
        ? { kind: 'until-precise', precision, pairsMost: pairsMost ?? DEFAULT_PAIRS_MOST }
        : { kind: 'fixed', pairs },
    precision,
    seed: read.wholeNumber('seed', SEEDS) ?? DEFAULT_SEED,
    failIf: readFailIf(read),
    jsonPath: read.text('json', 'the path of a file, or - for stdout'),
    htmlPath: read.text('html', 'the path of a file'),
    quiet: read.flag('quiet'),
  };
}

function refuseMixture(given: GivenValues, files: readonly string[], single: boolean): void {
  const sides = (['a', 'b'] as const).filter((name) => given[name] !== undefined);
  if (files.length > 0) {
    const extra = RUN_OPTIONS.find((name) => given[name] !== undefined && given[name] !== false);
    if (extra !== undefined)
      throw usageFault(`--${extra}: says how to run, and stored results were given; give one of the two`);
    return;
  }
  if (single && sides.length > 0)
    throw usageFault(`--single-vs-multi and --${sides[0]} both say what to compare; give one`);
  if (single || sides.length === 2) return;
  if (sides.length === 1) throw usageFault(`--${sides[0]} alone: give --a and --b, each with the options of its runs`);
  throw usageFault(
    'compare: give --a "OPTIONS" and --b "OPTIONS", or --single-vs-multi, or two results: old.json new.json',
  );
}

function readPrecision(read: OptionReader): number {
  const accepted = 'a percentage from 0.1% to 50%, such as 2%';
  const text = read.matching('precision', /^\d+(\.\d+)?%?$/, accepted);
  const percent = text === null ? DEFAULT_PRECISION_PCT : Number(text.replace('%', ''));
  if (percent < 0.1 || percent > 50)
    throw usageFault(`--precision: ${shownText(text ?? '')} is not accepted; give ${accepted}`);
  return percent / 100;
}

function readFailIf(read: OptionReader): FailCondition[] {
  const text = read.text('fail-if', FAIL_FORMS);
  if (text === null) return [];
  const conditions = parseFailConditions(text);
  if (conditions === null) throw usageFault(`--fail-if: ${shownText(text)} is not accepted; give ${FAIL_FORMS}`);
  return conditions;
}

const textOf = (given: GivenValues, name: string): string | null =>
  typeof given[name] === 'string' ? (given[name] as string) : null;
