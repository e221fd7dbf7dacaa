/** Options of a run that stand in a text, judged by the same parser and rules as those of `dbtest run`. */
import { resolveRunConfig } from '../config/resolve.ts';
import { resolveDatabaseConfig } from '../config/resolve-database.ts';
import type { RunConfig } from '../config/run-config.ts';
import { readShardFile } from '../config/shard-yaml.ts';
import { shownText } from '../config/shown.ts';
import { dbtestVersion } from '../config/version.ts';
import { OperatingFault, usageFault } from '../errors.ts';
import { asksFor, checkArguments, peekOption } from './arguments.ts';
import type { CliContext } from './context.ts';
import { readDatabaseOptions, refuseDatabaseOptions, refuseEmbeddedOptions } from './database-options.ts';
import { DEFAULT_WORKLOAD, runOptionDefinitions } from './option-definitions.ts';
import { readRunOptions } from './options.ts';
import { parseArguments } from './parser.ts';
import { runCommand } from './run.ts';
import { splitWords } from './words.ts';
import { loadWorkload } from './workloads.ts';

/** @throws OperatingFault where a quote is not closed */
export function readWords(text: string, option: string): string[] {
  const words = splitWords(text);
  if (words === null) throw usageFault(`${option}: a quote is not closed in ${shownText(text)}`);
  return words;
}

/**
 * The configuration that `dbtest run` would run with.
 * @param side leads every message: `--a`
 * @throws OperatingFault (exit status 2) where `dbtest run` would refuse the options, or where a comparison cannot have them
 */
export async function configOfWords(words: readonly string[], side: string, context: CliContext): Promise<RunConfig> {
  try {
    return await readConfig(words, context);
  } catch (error) {
    if (!(error instanceof OperatingFault)) throw error;
    throw new OperatingFault(error.code, error.exitStatus, `${side}: ${error.message}`, error);
  }
}

async function readConfig(words: readonly string[], context: CliContext): Promise<RunConfig> {
  if (asksFor(words, 'help') || asksFor(words, 'version')) throw usageFault('give options of a run');
  const workload = await loadWorkload(peekOption(words, 'workload') ?? DEFAULT_WORKLOAD, context.workloadsFolder);
  const definitions = runOptionDefinitions(workload);
  checkArguments(words, definitions);
  const parsed = await parseArguments(words, [runCommand(workload)], dbtestVersion(), 0);
  if ('text' in parsed) throw usageFault('give options of a run');
  const [extra] = parsed.given._ as (string | number)[];
  if (extra !== undefined) throw usageFault(`${shownText(String(extra))}: unexpected argument; give options of a run`);
  if (parsed.given.threshold !== undefined) throw usageFault('--threshold is for one run by itself; leave it out');
  for (const [name, { group }] of Object.entries(definitions)) {
    const taken = name === 'seed' || group === definitions['json']?.group;
    if (taken && parsed.given[name] !== undefined) {
      throw usageFault(
        `--${name} belongs to the comparison, not to its runs; give it outside the quotes or leave it out`,
      );
    }
  }
  const { shardConfigPath, options } = readRunOptions(parsed.given, workload, context.env);
  const file = shardConfigPath === null ? null : readShardFile(shardConfigPath);
  if (parsed.given['driver'] !== undefined) {
    refuseEmbeddedOptions(parsed.given);
    const { database, addresses } = await readDatabaseOptions(parsed.given, file, context.env);
    return resolveDatabaseConfig(options, database, addresses, file);
  }
  refuseDatabaseOptions(parsed.given);
  const config = resolveRunConfig(options, file);
  if (config.localShardIds.length < config.cluster.shards.length) {
    throw usageFault(
      'a compared run has all its shards in one process; leave out --shard-index, or name all in --local-shards',
    );
  }
  return config;
}
