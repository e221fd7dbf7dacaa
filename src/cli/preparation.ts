/** `dbtest load` and `dbtest recover`: what a durable run does before it runs, and no more. */
import { assert } from '../assert.ts';
import type { Preparation, PreparationResult, RunEvents } from '../bench/run.ts';
import { resolveRunConfig } from '../config/resolve.ts';
import { readShardFile } from '../config/shard-yaml.ts';
import { EXIT, usageFault } from '../errors.ts';
import { renderPreparation } from '../report/preparation-report.ts';
import type { Command, GivenValues, OptionDefinitions } from './command.ts';
import type { CliContext } from './context.ts';
import { CONNECTION_OPTIONS, SESSION_OPTIONS, TABLE_OPTIONS } from './database-options.ts';
import { watchInterrupts } from './interrupts.ts';
import { Log } from './log.ts';
import { runOptionDefinitions } from './option-definitions.ts';
import { readRunOptions } from './options.ts';
import { checkOutputs } from './outputs.ts';
import { wantsColour, widthOf, writeText } from './streams.ts';
import type { LoadedWorkload } from './workloads.ts';

/** Options of a run that say nothing about its data. */
const FOR_RUNS_ALONE = [
  'mix',
  'warmup',
  'runtime',
  'pacing',
  'rate',
  'chaos',
  'no-check',
  'json',
  'html',
  'csv',
  'hlog',
  'history',
  'acknowledgements',
];

const DESCRIPTIONS: Readonly<Record<Preparation, string>> = {
  load: 'Load the shards and keep them in a folder, for dbtest run --data-dir',
  recover: 'Recover the shards from a folder, say what was found, and check it if wanted',
};

const EXAMPLES: Readonly<Record<Preparation, Command['examples']>> = {
  load: [['$0 load --data-dir D --local-shards=0,1 --warehouses 4', 'Two shards of four warehouses each, in folder D']],
  recover: [
    ['$0 recover --data-dir D --local-shards=0,1 --warehouses 4 --check', 'Recovers them and checks the conditions'],
  ],
};

/** @param workload null when only the outline of the command is needed */
export function preparationCommand(kind: Preparation, workload: LoadedWorkload | null): Command {
  return {
    name: kind,
    isDefault: false,
    describe: DESCRIPTIONS[kind],
    positional: null,
    options: optionsOf(workload),
    examples: EXAMPLES[kind],
    execute: (given, context) => {
      assert(workload !== null, 'a load needs its workload');
      return execute(kind, given, workload, context);
    },
  };
}

function optionsOf(workload: LoadedWorkload | null): OptionDefinitions {
  const others = { ...CONNECTION_OPTIONS, ...SESSION_OPTIONS, ...TABLE_OPTIONS };
  const all = Object.entries(runOptionDefinitions(workload)).filter(
    ([name]) => !FOR_RUNS_ALONE.includes(name) && !Object.hasOwn(others, name),
  );
  return {
    ...Object.fromEntries(all),
    check: {
      group: 'Output:',
      kind: 'flag',
      describe: 'Check the consistency conditions (exit status 3 when one fails)',
    },
  };
}

async function execute(
  kind: Preparation,
  given: GivenValues,
  workload: LoadedWorkload,
  context: CliContext,
): Promise<number> {
  const { shardConfigPath, quiet, showsProgress, secret, options } = readRunOptions(given, workload, context.env);
  if (options.durability === undefined)
    throw usageFault(
      `${kind}: needs the folder of the data; give --data-dir${kind === 'load' ? ', or --driver for a database' : ''}`,
    );
  const file = shardConfigPath === null ? null : readShardFile(shardConfigPath);
  const config = resolveRunConfig({ ...options, check: given['check'] === true }, file);
  const none = { jsonPath: null, htmlPath: null, csvPath: null, hlogPath: null, historyPath: null };
  checkOutputs({ ...none, exportDir: config.exportDir });
  const log = new Log(context, { quiet, showsProgress });
  const { startPreparation } = await context.loadBench();
  const events: RunEvents = { log: (line) => log.line(line), progress: (progress) => log.progress(progress) };
  const handle = startPreparation(kind, config, events, { secret });
  const stopWatching = watchInterrupts(
    context.signals,
    context.nowMs,
    () => handle.interrupt(),
    () => {
      log.close();
      context.exitNow(EXIT.interrupted);
    },
  );
  try {
    const result: PreparationResult = await handle.result;
    log.close();
    const style = { colour: wantsColour(context.stdout, context.env), width: widthOf(context.stdout) };
    await writeText(context.stdout, `${renderPreparation(kind, config, result, style)}\n`);
    if (config.exportDir !== null) await handle.exportTables(config.exportDir);
    return result.consistency?.passed === false ? EXIT.consistency : EXIT.good;
  } finally {
    log.close();
    stopWatching();
    await handle.close();
  }
}
