/** `dbtest report`: renders a stored result or comparison once more, as the run or the comparison did: the text on stdout, and an HTML file. */

import type { RunResult } from '../bench/result.ts';
import { shownText } from '../config/shown.ts';
import { EXIT, usageFault } from '../errors.ts';
import { isComparison, parseComparison } from '../report/comparison-file.ts';
import { renderComparison } from '../report/comparison-report.ts';
import { renderComparisonPage } from '../report/html/comparison/comparison-page.ts';
import { writePage } from '../report/html/write-html.ts';
import { parseResult, readText } from '../report/result-file.ts';
import type { ReportStyle } from '../report/style.ts';
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
  describe: 'Render a stored result or comparison: the report on stdout, and as an HTML file with charts',
  positional: { name: 'file', describe: 'What a run or a comparison wrote with --json' },
  options: OPTIONS,
  examples: [
    ['$0 report result.json', 'Writes result.html'],
    ['$0 report comparison.json --html page.html', 'What a comparison came to'],
    ["$0 report result.json --threshold 'latency.p99<2ms'", 'Status 4 where the result misses it'],
  ],
  execute: executeReport,
};

async function executeReport(given: GivenValues, context: CliContext): Promise<number> {
  const resultPath = given.file;
  // The argument parser makes an empty text of a lone dash.
  if (typeof resultPath !== 'string' || resultPath.trim() === '') {
    throw usageFault('report: no result is named; give the file that a run or a comparison wrote with --json FILE');
  }
  const read = new OptionReader(given);
  const thresholds = readThresholds(read);
  const htmlPath = read.text('html', 'the path of a file') ?? besideOf(resultPath);
  const text = readText(resultPath);
  if (isComparison(text)) {
    if (thresholds.length > 0) {
      throw usageFault(
        '--threshold: holds a run to a bound, and this is a comparison; dbtest compare --fail-if is for those',
      );
    }
    const comparison = parseComparison(text, resultPath);
    checkHtmlPath(htmlPath, resultPath);
    await deliver(
      renderComparison(comparison, styleOf(context)),
      () => writePage(renderComparisonPage(comparison), htmlPath),
      htmlPath,
      context,
    );
    return EXIT.good;
  }
  const stored = parseResult(text, resultPath);
  checkThresholds(thresholds, namesOf(stored));
  const result = withThresholds(stored, thresholds);
  checkHtmlPath(htmlPath, resultPath);
  const { renderConsoleReport, writeHtml } = await context.loadReport();
  await deliver(renderConsoleReport(result, styleOf(context)), () => writeHtml(result, htmlPath), htmlPath, context);
  if (thresholds.length === 0) return EXIT.good;
  const status = result.consistency.passed === false ? EXIT.consistency : EXIT.good;
  return tellThresholds(result, status, context);
}

const styleOf = ({ stdout, env }: CliContext): ReportStyle => ({
  colour: wantsColour(stdout, env),
  width: widthOf(stdout),
});

async function deliver(
  text: string,
  writeFile: () => void,
  path: string,
  { stdout, stderr }: CliContext,
): Promise<void> {
  await writeText(stdout, text);
  writeFile();
  await writeText(stderr, `Wrote ${shownText(path)}\n`);
}

const namesOf = ({ totals, shards, cluster }: RunResult): ThresholdNames => ({
  transactions: Object.keys(totals.transactions ?? shards[0]?.transactions ?? {}),
  shardIds: shards.map(({ shardId }) => shardId),
  isWhole: cluster.scope === 'whole',
});

const besideOf = (resultPath: string): string => `${resultPath.replace(/\.json$/i, '')}.html`;
