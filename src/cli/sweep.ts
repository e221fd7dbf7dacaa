/** `dbtest sweep`: runs over the product of varied options, or the highest rate at each point of it. */

import { assert } from '../assert.ts';
import { AtomicFile } from '../atomic-file.ts';
import { EXIT, type OperatingFault, usageFault } from '../errors.ts';
import { renderMaxRatePage } from '../report/html/sweep/max-rate-page.ts';
import { renderSweepPage } from '../report/html/sweep/sweep-page.ts';
import type { ReportStyle } from '../report/style.ts';
import { maxRateCsv, sweepCsv } from '../report/sweep/csv.ts';
import { renderMaxRate } from '../report/sweep/max-rate-report.ts';
import { renderSweep } from '../report/sweep/sweep-report.ts';
import type { MaxRateResult, SweepResult } from '../sweep/sweep.ts';
import { type ChildRuns, childRuns } from './child-run.ts';
import type { Command, GivenValues } from './command.ts';
import type { CliContext } from './context.ts';
import { Log } from './log.ts';
import { wantsColour, widthOf, writeText } from './streams.ts';
import { readSweepOptions, type SweepOptions, sweepOptionDefinitions } from './sweep-options.ts';
import { planSweep } from './sweep-plan.ts';
import { runProduct } from './sweep-product.ts';
import { searchRates } from './sweep-search.ts';
import type { LoadedWorkload } from './workloads.ts';

/**
 * @param workload null when only the outline of the command is needed, e.g. for the help of another one
 * @param startRuns makes what starts the runs; tests pass their own
 */
export function sweepCommand(workload: LoadedWorkload | null, startRuns: () => ChildRuns = childRuns): Command {
  return {
    name: 'sweep',
    isDefault: false,
    describe: 'Vary options of a run, or search the highest rate: tables, charts, scalability law',
    positional: null,
    options: sweepOptionDefinitions(workload),
    examples: [
      ['$0 sweep --vary shards=1,2,4 --vary transport=shm,tcp', 'Six combinations, three times each'],
      ['$0 sweep --vary num-threads=1,2,4,8 --warehouses 8 --html threads.html', 'With the scalability law'],
      ['$0 sweep --vary shards=1,4 --vary remote-item-pct=0,1,5,25,100', 'The share that makes shards useless'],
      ["$0 sweep --find-max-rate 'newOrder.p99<2ms' --local-shards=0,1", 'The highest rate that keeps it'],
      ['$0 sweep --vary shards=1,2,4,8 --out night', 'Kept in night; the same again goes on there'],
    ],
    execute: (given, context) => {
      assert(workload !== null, 'a sweep needs its workload');
      return executeSweep(given, workload, context, startRuns);
    },
  };
}

async function executeSweep(
  given: GivenValues,
  workload: LoadedWorkload,
  context: CliContext,
  startRuns: () => ChildRuns,
): Promise<number> {
  const options = readSweepOptions(given, workload);
  const plan = await planSweep(options, workload, context);
  const log = new Log(context, { quiet: options.quiet });
  const { result, fault } =
    options.search === null
      ? await runProduct(plan, options, startRuns(), context, log)
      : await searchRates(plan, options.search, options, startRuns(), context, log);
  if (result !== null) await deliver(result, options, context);
  if (fault !== null) throw fault;
  if (result === null) throw interruptedEarly();
  if (result.endedBy === 'interrupt') {
    if (options.outFolder !== null) log.line('The same command goes on where this one ended');
    return EXIT.interrupted;
  }
  return EXIT.good;
}

function interruptedEarly(): OperatingFault {
  const fault = usageFault('interrupted before the first run was finished; there is nothing to report');
  return Object.assign(fault, { exitStatus: EXIT.interrupted });
}

/** Report, JSON, CSV and HTML. Each stream has one of them. */
async function deliver(result: SweepResult | MaxRateResult, options: SweepOptions, context: CliContext): Promise<void> {
  const { jsonPath, csvPath, htmlPath } = options;
  const stream = jsonPath === '-' || csvPath === '-' ? context.stderr : context.stdout;
  const style: ReportStyle = { colour: wantsColour(stream, context.env), width: widthOf(stream) };
  const isSweep = result.kind === 'sweep';
  await writeText(stream, isSweep ? renderSweep(result, style) : renderMaxRate(result, style));
  if (jsonPath !== null) await writeData(`${JSON.stringify(result, null, 2)}\n`, jsonPath, context);
  if (csvPath !== null) await writeData(isSweep ? sweepCsv(result) : maxRateCsv(result), csvPath, context);
  if (htmlPath !== null)
    await writeData(isSweep ? renderSweepPage(result) : renderMaxRatePage(result), htmlPath, context);
}

async function writeData(text: string, path: string, context: CliContext): Promise<void> {
  if (path === '-') {
    await writeText(context.stdout, text);
    return;
  }
  const file = AtomicFile.open(path);
  file.write(text);
  file.commit();
}
