/** The sides of a comparison that makes its own runs: their options, checked before anything runs. */

import { metricFor, noteOnRates, rateOf } from '../compare/rates.ts';
import type { ComparedPair } from '../compare/schedule.ts';
import type { RunConfig } from '../config/run-config.ts';
import { readShardFile } from '../config/shard-yaml.ts';
import { usageFault } from '../errors.ts';
import { plural } from '../report/format.ts';
import { peekOption } from './arguments.ts';
import type { CliContext } from './context.ts';
import { configOfWords } from './run-words.ts';
import { shownWords } from './url-words.ts';
import { joinWords } from './words.ts';

export interface LiveSides {
  variants: { label: string; describe: string; words: string[]; config: RunConfig }[];
  /** What a reader must know to take the figures for what they are, one sentence each. */
  notes: string[];
  compared: ComparedPair[];
}

/** `--a`, `--b` and `--both`. @throws OperatingFault (exit status 2) */
export async function twoSides(
  a: readonly string[],
  b: readonly string[],
  both: readonly string[],
  context: CliContext,
): Promise<LiveSides> {
  const words = { a: [...both, ...a], b: [...both, ...b] };
  const left = await configOfWords(words.a, '--a', context);
  const right = await configOfWords(words.b, '--b', context);
  if ((rateOf(left) === null) !== (rateOf(right) === null)) {
    throw usageFault(
      '--rate on one side alone compares a rate with what the other side can do; give it to both (--both "--rate N"), or to none',
    );
  }
  return sidesOf(
    [
      { label: 'A', words: words.a, config: left },
      { label: 'B', words: words.b, config: right },
    ],
    [{ a: 0, b: 1, title: 'B beside A' }],
  );
}

/**
 * What sharding costs or brings: the same warehouses and threads in one shard (A) and in `shards` (B), and one shard of
 * the size of those (C).
 * @throws OperatingFault (exit status 2)
 */
export async function singleVersusMulti(
  shards: number,
  both: readonly string[],
  context: CliContext,
): Promise<LiveSides> {
  if (peekOption(both, 'driver') !== undefined) return singleVersusSeveralDatabases(shards, both, context);
  refuseShards(both);
  const config = await configOfWords(both, '--both', context);
  const { numThreads: threads, cluster } = config;
  const warehouses = cluster.warehousesPerShard;
  const rest = without(both, ['num-threads', 'warehouses']);
  const sized = (factor: number) => [
    '--num-threads',
    String(threads * factor),
    '--warehouses',
    String(warehouses * factor),
  ];
  const ids = Array.from({ length: shards }, (_, shardId) => shardId).join(',');
  const variants = [
    { label: 'A', words: [...sized(shards), ...rest] },
    { label: 'B', words: ['--local-shards', ids, ...sized(1), ...rest] },
    { label: 'C', words: [...sized(1), ...rest] },
  ];
  const resolved: ResolvedSide[] = [];
  for (const { label, words } of variants) {
    resolved.push({ label, words, config: await configOfWords(words, '--single-vs-multi', context) });
  }
  const total = `${plural(warehouses * shards, 'warehouse')} and ${plural(threads * shards, 'thread')}`;
  return sidesOf(resolved, [
    { a: 0, b: 1, title: `B beside A: the same ${total}, in ${shards} shards and in one` },
    { a: 2, b: 1, title: `B beside C: ${shards} shards, and one shard of that size` },
  ]);
}

/** The preset lays clusters of two sizes out by itself, so nothing else may say which shards there are. */
function refuseShards(both: readonly string[]): void {
  if (peekOption(both, 'shard-config') !== undefined) {
    throw usageFault(
      '--single-vs-multi: a shard YAML describes one cluster, and this runs clusters of one shard and of several; leave out ' +
        '--shard-config and say --shards N, or compare two files: --a "--shard-config one.yml" --b "--shard-config two.yml"',
    );
  }
  for (const name of ['local-shards', 'shard-index']) {
    if (peekOption(both, name) === undefined) continue;
    throw usageFault(
      `--single-vs-multi runs clusters of one shard and of several; leave out --${name} and say --shards N`,
    );
  }
}

interface ResolvedSide {
  label: string;
  words: string[];
  config: RunConfig;
}

function sidesOf(sides: readonly ResolvedSide[], compared: readonly Omit<ComparedPair, 'metric'>[]): LiveSides {
  const side = (position: number): ResolvedSide => sides[position] as ResolvedSide;
  return {
    variants: sides.map((each) => ({ ...each, describe: describeWords(each.words) })),
    compared: compared.map((pair) => ({ ...pair, metric: metricFor(side(pair.a).config, side(pair.b).config) })),
    notes: compared.flatMap(({ a, b }) => noteOnRates(side(a), side(b)) ?? []),
  };
}

/**
 * The same on databases: a shard YAML names them, with the warehouses of each. One shard (A and C) is the first of them;
 * each side has its data in a schema of its own, and loads it in its first run.
 */
async function singleVersusSeveralDatabases(
  shards: number,
  both: readonly string[],
  context: CliContext,
): Promise<LiveSides> {
  const path = peekOption(both, 'shard-config');
  if (path === undefined || peekOption(both, 'schema') !== undefined) {
    throw usageFault(
      '--single-vs-multi with --driver: give --shard-config with a url for each shard in --both, and no --schema: each side ' +
        'has its own',
    );
  }
  const config = await configOfWords(both, '--both', context);
  const urls = readShardFile(path).urls ?? [];
  if (urls.length !== shards) {
    throw usageFault(`--shards ${shards}: ${path} has ${urls.length} databases; make them agree`);
  }
  const { numThreads: threads } = config;
  const warehouses = config.cluster.warehousesPerShard || threads;
  const rest = without(both, ['num-threads', 'warehouses', 'shard-config']);
  const side = (label: string, factor: number, where: string[], schema: string) => ({
    label,
    words: [
      ...['--num-threads', String(threads * factor), '--warehouses', String(warehouses * factor)],
      ...['--schema', schema, ...where, ...rest],
    ],
  });
  const first = ['--url', urls[0] as string];
  const variants = [
    side('A', shards, first, 'dbtest_single'),
    side('B', 1, ['--shard-config', path], 'dbtest_multi'),
    side('C', 1, first, 'dbtest_one'),
  ];
  const configs = await Promise.all(variants.map(({ words }) => configOfWords(words, '--single-vs-multi', context)));
  const metric = metricFor(config, config);
  const total = `${warehouses * shards} warehouses and ${threads * shards} sessions`;
  return {
    variants: variants.map(({ label, words }, i) => ({
      label,
      words,
      describe: describeWords(words),
      config: configs[i],
    })),
    compared: [
      { a: 0, b: 1, title: `B beside A: the same ${total}, in ${shards} databases and in one`, metric },
      { a: 2, b: 1, title: `B beside C: ${shards} databases, and one of that size`, metric },
    ],
    notes: [],
  };
}

const describeWords = (words: readonly string[]): string =>
  words.length === 0 ? 'defaults' : joinWords(shownWords(words));

/** The words without these options and their values. */
function without(words: readonly string[], names: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (names.some((name) => word.startsWith(`--${name}=`))) continue;
    if (names.some((name) => word === `--${name}`)) i++;
    else kept.push(word);
  }
  return kept;
}
