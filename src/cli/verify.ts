/** `dbtest verify`: checks the history that runs with `--history` have recorded. */
import { statSync } from 'node:fs';
import { fileReason } from '../config/file-reasons.ts';
import { shownText } from '../config/shown.ts';
import { formatSize } from '../config/sizes.ts';
import { EXIT, fileFault, OperatingFault, usageFault } from '../errors.ts';
import { judgeHistory, MODELS } from '../history/check-history.ts';
import { blocksOfFile } from '../history/history-file.ts';
import { HistoryReader } from '../history/history-reader.ts';
import { verdictText } from '../history/verdict-text.ts';
import type { Command, GivenValues, OptionDefinitions } from './command.ts';
import type { CliContext } from './context.ts';
import { OptionReader } from './option-reader.ts';
import { writeText } from './streams.ts';

/** Keys of the JSON verdict may be added, not renamed. */
const SCHEMA_VERSION = 1;
const MOST_WITNESSES = 100;
/** Files that together are larger report progress. */
const LARGE_BYTES = 64 << 20;
const PROGRESS_MS = 5000;
const GROUP = 'Check:';

const OPTIONS: OptionDefinitions = {
  model: {
    group: GROUP,
    kind: 'value',
    describe: 'strict-serializable, or serializable to leave real time out',
    defaultText: MODELS[0],
  },
  'allow-missing': {
    group: GROUP,
    kind: 'flag',
    describe: 'A process was killed: take elements without a record for lost records, not for garbage',
  },
  witnesses: { group: GROUP, kind: 'value', describe: 'Witnesses to print of an anomaly', defaultText: '3' },
  json: { group: GROUP, kind: 'flag', describe: 'Print the verdict as JSON' },
};

export const VERIFY_COMMAND: Command = {
  name: 'verify',
  isDefault: false,
  describe: 'Check the history of a run for anomalies (exit status 3 when there is one)',
  positional: { name: 'file', describe: 'Files of --history, all processes of one run', isMany: true },
  options: OPTIONS,
  examples: [['$0 verify run.history', 'Says whether the run was strictly serializable']],
  execute: executeVerify,
};

async function executeVerify(given: GivenValues, context: CliContext): Promise<number> {
  const read = new OptionReader(given);
  const model = read.choice('model', MODELS) ?? MODELS[0];
  const witnessesMax = read.wholeNumber('witnesses', { low: 1, high: MOST_WITNESSES }) ?? 3;
  const paths = pathsOf(given.file);
  const progress = new Progress(
    paths.reduce((sum, path) => sum + sizeOf(path), 0),
    context,
  );
  const reader = new HistoryReader();
  const notes: string[] = [];
  for (const path of paths) readFile(path, reader, notes, progress);
  const { transactions } = reader.history;
  if (transactions === 0) {
    throw new OperatingFault(
      'FILE',
      EXIT.usage,
      `${paths[0]}: holds no transaction; record one with --history ${paths[0]}`,
    );
  }
  progress.tell(`checking ${transactions.toLocaleString('en-US')} transactions`);
  // A torn block has taken records with it.
  const allowMissing = read.flag('allow-missing') || notes.length > 0;
  const onProgress = (part: string) => progress.tell(part);
  const verdict = judgeHistory(reader.history, { model, allowMissing, witnessesMax, onProgress });
  const { seconds } = progress;
  const json = { schemaVersion: SCHEMA_VERSION, files: paths, notes, seconds, ...verdict };
  await writeText(
    context.stdout,
    read.flag('json') ? `${JSON.stringify(json, null, 2)}\n` : verdictText(verdict, notes, seconds),
  );
  return verdict.isValid ? EXIT.good : EXIT.consistency;
}

function readFile(path: string, reader: HistoryReader, notes: string[], progress: Progress): void {
  progress.tell(`reading ${path}`);
  for (const { bytes, where, endByte } of blocksOfFile(path, (note) => notes.push(note))) {
    reader.add(bytes, where);
    progress.tellNowAndThen(() => `read ${formatSize(endByte)} of ${path}`);
  }
}

/** Lines on stderr for files that take a while. */
class Progress {
  readonly #context: CliContext;
  readonly #isWanted: boolean;
  readonly #startMs: number;
  #toldMs: number;

  constructor(sizeBytes: number, context: CliContext) {
    this.#context = context;
    this.#isWanted = sizeBytes > LARGE_BYTES;
    this.#startMs = context.nowMs();
    this.#toldMs = this.#startMs;
  }

  get seconds(): number {
    return (this.#context.nowMs() - this.#startMs) / 1000;
  }

  tell(text: string): void {
    if (!this.#isWanted) return;
    this.#toldMs = this.#context.nowMs();
    // The check goes on whether anybody hears of it or not.
    writeText(this.#context.stderr, `verify: ${this.seconds.toFixed(1)} s: ${text}\n`).catch(() => undefined);
  }

  tellNowAndThen(text: () => string): void {
    if (this.#context.nowMs() - this.#toldMs >= PROGRESS_MS) this.tell(text());
  }
}

function pathsOf(given: unknown): string[] {
  const paths = Array.isArray(given) ? given.map(String) : [];
  if (paths.length === 0) throw usageFault('verify: no file given; give the files that --history wrote');
  if (paths.some((path) => path.trim() === '')) throw usageFault('verify: a file has no name; give a path');
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) throw usageFault(`verify: ${shownText(twice)} is given twice; give each file once`);
  return paths;
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    throw fileFault('read', path, new Error(fileReason(error)));
  }
}
