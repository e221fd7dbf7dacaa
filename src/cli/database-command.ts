/** What the commands on databases have in common: configuration, log, interrupts, and the end of everything opened. */
import type { DatabaseHandle, DatabaseOutcome } from '../bench/database/database-task.ts';
import type { RunEvents } from '../bench/run-events.ts';
import { resolveDatabaseConfig } from '../config/resolve-database.ts';
import type { RunConfig } from '../config/run-config.ts';
import { readShardFile } from '../config/shard-yaml.ts';
import { EXIT } from '../errors.ts';
import type { GivenValues } from './command.ts';
import type { CliContext, DatabaseBenchModule } from './context.ts';
import { readDatabaseOptions } from './database-options.ts';
import { watchInterrupts } from './interrupts.ts';
import { Log } from './log.ts';
import { readRunOptions } from './options.ts';
import type { LoadedWorkload } from './workloads.ts';

export interface PreparedCommand {
  config: RunConfig;
  urls: readonly string[];
  log: Log;
}

/** @throws OperatingFault (exit status 2) where the options do not fit */
export async function prepareDatabaseCommand(
  given: GivenValues,
  workload: LoadedWorkload,
  context: CliContext,
): Promise<PreparedCommand> {
  // A URL on the command line may hold a password, which other users would see in the list of processes.
  context.hideArguments();
  const { shardConfigPath, quiet, showsProgress, options } = readRunOptions(given, workload, context.env);
  const file = shardConfigPath === null ? null : readShardFile(shardConfigPath);
  const { database, addresses, urls } = await readDatabaseOptions(given, file, context.env);
  const config = resolveDatabaseConfig(options, database, addresses, file);
  return { config, urls, log: new Log(context, { quiet, showsProgress }) };
}

/** Runs a command other than `run` to its end. */
export async function performDatabaseTask(
  { config, urls, log }: PreparedCommand,
  task: Parameters<DatabaseBenchModule['startDatabaseTask']>[2],
  context: CliContext,
): Promise<DatabaseOutcome> {
  const { startDatabaseTask } = await context.loadDatabaseBench();
  const events: RunEvents = { log: (line) => log.line(line), progress: (progress) => log.progress(progress) };
  const handle: DatabaseHandle = startDatabaseTask(config, urls, task, events);
  const stopWatching = watchInterrupts(
    context.signals,
    context.nowMs,
    () => {
      log.line('Interrupted: stopping. Once more stops at once');
      handle.interrupt();
    },
    () => {
      log.close();
      context.exitNow(EXIT.interrupted);
    },
  );
  try {
    return await handle.result;
  } finally {
    log.close();
    stopWatching();
    await handle.close();
  }
}
