/** `dbtest report`: renders a stored result once more, as the run itself did: the text on stdout, and an HTML file. */

import type { RunResult } from '../bench/result.ts';
import { shownText } from '../config/shown.ts';
import { EXIT, usageFault } from '../errors.ts';
import { readResultFile } from '../report/result-file.ts';
import type { ThresholdNames } from '../report/thresholds.ts';
import type { Command, GivenValues, OptionDefinitions } from './command.ts';
import type { CliContext } from './context.ts';
import { OptionReader } from './option-reader.ts';
import { checkHtmlPath } from './outputs.ts';
import { wantsColour, widthOf, writeText } from './streams.ts';
import {
  checkThresholds,
  readThresholds,
  THRESHOLD_OPTION,
  tellThresholds,
  withThresholds,
} from './threshold-option.ts';

const OPTIONS: OptionDefinitions = {
  html: {
    group: 'Output:',
    kind: 'value',
    describe: 'Where to write the HTML report',
    defaultText: 'beside the result, ending in .html',
  },
  threshold: THRESHOLD_OPTION,
};

export const REPORT_COMMAND: Command = {
  name: 'report',
  isDefault: false,
  describe: 'Render a stored result: the report on stdout, and as an HTML file with charts',
  positional: { name: 'file', describe: 'A result that a run wrote with --json' },
  options: OPTIONS,
  examples: [
    ['$0 report result.json', 'Writes result.html'],
    ["$0 report result.json --threshold 'latency.p99<2ms'", 'Status 4 where the result misses it'],
  ],
  execute: executeReport,
};

async function executeReport(given: GivenValues, context: CliContext): Promise<number> {
  const resultPath = given.file;
  // The argument parser makes an empty text of a lone dash.
  if (typeof resultPath !== 'string' || resultPath.trim() === '') {
    throw usageFault('report: no result is named; give the file that a run wrote with --json FILE');
  }
  const read = new OptionReader(given);
  const thresholds = readThresholds(read);
  const htmlPath = read.text('html', 'the path of a file') ?? besideOf(resultPath);
  const stored = readResultFile(resultPath);
  checkThresholds(thresholds, namesOf(stored));
  const result = withThresholds(stored, thresholds);
  checkHtmlPath(htmlPath, resultPath);
  const { renderConsoleReport, writeHtml } = await context.loadReport();
  const { stdout, stderr, env } = context;
  await writeText(stdout, renderConsoleReport(result, { colour: wantsColour(stdout, env), width: widthOf(stdout) }));
  writeHtml(result, htmlPath);
  await writeText(stderr, `Wrote ${shownText(htmlPath)}\n`);
  if (thresholds.length === 0) return EXIT.good;
  const status = result.consistency.passed === false ? EXIT.consistency : EXIT.good;
  return tellThresholds(result, status, context);
}

const namesOf = ({ totals, shards, cluster }: RunResult): ThresholdNames => ({
  transactions: Object.keys(totals.transactions ?? shards[0]?.transactions ?? {}),
  shardIds: shards.map(({ shardId }) => shardId),
  isWhole: cluster.scope === 'whole',
});

const besideOf = (resultPath: string): string => `${resultPath.replace(/\.json$/i, '')}.html`;
