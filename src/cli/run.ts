/** `dbtest run`, also without the word: one benchmark run from configuration to report and exit status. */
import { assert } from '../assert.ts';
import type { RunResult } from '../bench/result.ts';
import type { RunHandle } from '../bench/run.ts';
import type { RunEvents } from '../bench/run-events.ts';
import { availableMemoryBytes } from '../config/memory.ts';
import { resolveRunConfig } from '../config/resolve.ts';
import type { RunConfig } from '../config/run-config.ts';
import { readShardFile } from '../config/shard-yaml.ts';
import { formatSize } from '../config/sizes.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import type { Threshold, ThresholdNames } from '../report/thresholds.ts';
import type { Command, GivenValues } from './command.ts';
import type { CliContext } from './context.ts';
import { prepareDatabaseCommand } from './database-command.ts';
import { refuseDatabaseOptions, refuseEmbeddedOptions } from './database-options.ts';
import { watchInterrupts } from './interrupts.ts';
import { Log } from './log.ts';
import { runOptionDefinitions } from './option-definitions.ts';
import { readRunOptions } from './options.ts';
import { checkOutputs, type Outputs } from './outputs.ts';
import { wantsColour, widthOf, writeText } from './streams.ts';
import { checkThresholds, tellThresholds, withThresholds } from './threshold-option.ts';
import type { LoadedWorkload } from './workloads.ts';

/** @param workload null when only the outline of the command is needed, e.g. for the help of another one */
export function runCommand(workload: LoadedWorkload | null): Command {
  return {
    name: 'run',
    isDefault: true,
    describe: 'Load the shards, run the workload, check the database and report',
    positional: null,
    options: runOptionDefinitions(workload),
    examples: [
      ['$0 --num-threads 1 --warehouses 4', 'TPC-C on one shard with four warehouses'],
      ['$0 --local-shards=0,1 --num-threads 4', 'Two shards with four worker threads each, in this process'],
      ['$0 --shard-config FILE --shard-index 0', 'One process of several: it runs shard 0, and waits for the others'],
      ['$0 --warmup 10s --runtime 2m --json result.json', 'A longer run, kept as data too'],
      ['$0 --local-shards=0,1 --html report.html', 'A report with charts, for a browser'],
      ["$0 --threshold 'newOrder.p99<5ms' --threshold 'throughput>50000'", 'Status 4 where one of them fails'],
      ['$0 --rate 5000', 'Open loop: latency at 5000 transactions a second'],
      ['$0 --warehouses 10 --pacing keying', "With the specification's keying and think times"],
      ['$0 --driver postgres --url postgres://me@localhost/tpcc --num-threads 8', 'On a database, with eight sessions'],
    ],
    execute: (given, context) => {
      assert(workload !== null, 'a run needs its workload');
      return executeRun(given, workload, context);
    },
  };
}

async function executeRun(given: GivenValues, workload: LoadedWorkload, context: CliContext): Promise<number> {
  if (given['driver'] !== undefined) return executeDatabaseRun(given, workload, context);
  refuseDatabaseOptions(given);
  const { shardConfigPath, quiet, showsProgress, htmlPath, csvPath, hlogPath, thresholds, secret, options } =
    readRunOptions(given, workload, context.env);
  const file = shardConfigPath === null ? null : readShardFile(shardConfigPath);
  const config = resolveRunConfig(options, file);
  checkThresholds(thresholds, namesOf(config, workload));
  const { jsonPath, exportDir, historyPath } = config;
  const acknowledgementsPath = config.durability?.acknowledgementsPath ?? null;
  const outputs = { jsonPath, htmlPath, csvPath, hlogPath, exportDir, historyPath, acknowledgementsPath };
  checkOutputs(outputs);
  const log = new Log(context, { quiet, showsProgress });
  logRemarks(config, log);
  const { startBenchmark } = await context.loadBench();
  return reportOn((events) => startBenchmark(config, events, { secret }), outputs, thresholds, log, context);
}

/** A run on databases that users have: loads where nothing is loaded. */
async function executeDatabaseRun(given: GivenValues, workload: LoadedWorkload, context: CliContext): Promise<number> {
  refuseEmbeddedOptions(given);
  const { config, urls, log } = await prepareDatabaseCommand(given, workload, context);
  const { htmlPath, csvPath, hlogPath, thresholds } = readRunOptions(given, workload, context.env);
  checkThresholds(thresholds, namesOf(config, workload));
  const { jsonPath, exportDir, historyPath } = config;
  const outputs = { jsonPath, htmlPath, csvPath, hlogPath, exportDir, historyPath };
  checkOutputs(outputs);
  const { startDatabaseBenchmark } = await context.loadDatabaseBench();
  return reportOn((events) => startDatabaseBenchmark(config, urls, events), outputs, thresholds, log, context);
}

/** Starts a run, and sees it through to its report and exit status. */
async function reportOn(
  start: (events: RunEvents) => RunHandle,
  outputs: Outputs,
  thresholds: readonly Threshold[],
  log: Log,
  context: CliContext,
): Promise<number> {
  const handle = start({ log: (line) => log.line(line), progress: (progress) => log.progress(progress) });
  let interrupted = false;
  const stopWatching = watchInterrupts(
    context.signals,
    context.nowMs,
    () => {
      interrupted = true;
      log.line('Interrupted: stopping; what was measured is checked and reported. Once more stops at once');
      handle.interrupt();
    },
    () => {
      log.close();
      context.exitNow(EXIT.interrupted);
    },
  );
  try {
    const result = withThresholds(await handle.result, thresholds);
    log.close();
    await deliver(result, outputs, context, exitStatusOf(result, interrupted), handle);
    const status = await tellThresholds(result, exitStatusOf(result, interrupted), context);
    const fault = handle.diskFault?.() ?? null;
    if (fault !== null) throw new OperatingFault(fault.code, status, fault.message, fault);
    return status;
  } finally {
    log.close();
    stopWatching();
    await handle.close();
  }
}

/** The process with shard 0 has the figures of the cluster. */
const namesOf = ({ localShardIds, cluster }: RunConfig, { transactionKeys }: LoadedWorkload): ThresholdNames => ({
  transactions: transactionKeys,
  shardIds: localShardIds,
  isWhole: localShardIds.length === cluster.shards.length || localShardIds.includes(0),
});

function logRemarks(config: RunConfig, log: Log): void {
  if (config.clusterRole !== 'localhost') {
    log.line(
      `Cluster role ${config.clusterRole} is recorded in the result and does nothing else: dbtest does not replicate, ` +
        'so this process runs its shards as the leader (localhost) does, and elects, follows and learns nothing',
    );
  }
  const availableBytes = availableMemoryBytes();
  if (config.memoryLimitBytes > availableBytes) {
    const limit = formatSize(config.memoryLimitBytes);
    log.line(`The memory limit of ${limit} is above the ${formatSize(availableBytes)} that this process can count on`);
  }
}

/**
 * Report, JSON, HTML, series, histograms and export, in this order and each of them even where an earlier one could not be written: the text shows
 * the run already, and a full disk for one file need not lose the others.
 * @param status what the run ends with when everything is written
 * @throws OperatingFault that names everything that could not be written
 */
async function deliver(
  result: RunResult,
  { jsonPath, htmlPath, csvPath, hlogPath, exportDir }: Outputs,
  context: CliContext,
  status: number,
  handle: Pick<RunHandle, 'histograms' | 'exportTables'>,
): Promise<void> {
  const { renderConsoleReport, writeHistogramLog, writeHtml, writeJson, writeSeriesCsv } = await context.loadReport();
  const stream = jsonPath === '-' ? context.stderr : context.stdout;
  const text = renderConsoleReport(result, { colour: wantsColour(stream, context.env), width: widthOf(stream) });
  const writeReport = () => writeText(stream, text.endsWith('\n') ? text : `${text}\n`);
  const writeData = async () => {
    if (jsonPath !== null) await writeJson(result, jsonPath, context.stdout);
  };
  const writePage = async () => {
    if (htmlPath !== null) writeHtml(result, htmlPath);
  };
  const writeSeries = async () => {
    if (csvPath !== null) writeSeriesCsv(result, csvPath);
  };
  const writeHistograms = async () => {
    if (hlogPath !== null) writeHistogramLog(result, handle.histograms(), hlogPath);
  };
  const writeTables = async () => {
    if (exportDir !== null) await handle.exportTables(exportDir);
  };
  const faults: OperatingFault[] = [];
  for (const write of [writeReport, writeData, writePage, writeSeries, writeHistograms, writeTables]) {
    try {
      await write();
    } catch (error) {
      if (!(error instanceof OperatingFault)) throw error;
      faults.push(error);
    }
  }
  const [fault] = faults;
  if (fault === undefined) return;
  const message = faults.map((each) => each.message).join('; ');
  throw new OperatingFault(fault.code, status === EXIT.good ? fault.exitStatus : status, message, fault);
}

/** A failed condition outweighs how the run ended: it must hide behind no Ctrl-C and behind no lost process. */
export function exitStatusOf(result: RunResult, interrupted: boolean): number {
  if (result.consistency.passed === false) return EXIT.consistency;
  const lostInTheEnd = result.cluster.lostShards.length > 0 && result.config.onPeerLoss === 'stop';
  const lostDatabase =
    result.endedBy === 'connection-lost' ||
    result.endedBy === 'database-error' ||
    result.consistency.unchecked?.by === 'connection';
  const endedByDisk = result.endedBy === 'disk-error';
  if (result.endedBy === 'peer-lost' || endedByDisk || lostInTheEnd || lostDatabase) return EXIT.connection;
  return interrupted || result.endedBy === 'interrupt' ? EXIT.interrupted : EXIT.good;
}
