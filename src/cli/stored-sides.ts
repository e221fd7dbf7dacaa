/** The sides of a comparison of stored results, as the command line names them. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../bench/result.ts';
import type { VariantResults } from '../compare/summarize.ts';
import { fileReason } from '../config/file-reasons.ts';
import { EXIT, OperatingFault, usageFault } from '../errors.ts';
import { readResultFile } from '../report/result-file.ts';

/** Stands between the files of one side and those of the next. */
const SEPARATOR = 'vs';

/**
 * `old.json new.json` are two sides, and so are two folders with the results of each; with more, each is a side that is
 * compared with the first. `old*.json vs new*.json` are sides of several files.
 * @throws OperatingFault (exit status 2) where a file is no result, or where the sides do not pair up
 */
export function readStoredSides(words: readonly string[]): VariantResults[] {
  const sides = words.includes(SEPARATOR) ? splitAtSeparators(words) : words.map((word) => [word]);
  if (sides.length < 2)
    throw usageFault('compare: give results of both sides: old.json new.json, or old*.json vs new*.json');
  const variants = sides.map((paths, i) => readSide(labelOf(i), paths));
  const [first] = variants as [VariantResults];
  for (const { label, results } of variants) {
    if (results.length === first.results.length) continue;
    throw usageFault(
      `compare: ${first.label} has ${first.results.length} results and ${label} has ${results.length}; ` +
        'they are compared in pairs, so give as many of each',
    );
  }
  return variants;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A to Z, then AA, AB and so on, as spreadsheets have it. */
function labelOf(position: number): string {
  const letter = LETTERS[position % LETTERS.length] as string;
  return position < LETTERS.length ? letter : labelOf(Math.floor(position / LETTERS.length) - 1) + letter;
}

function splitAtSeparators(words: readonly string[]): string[][] {
  const sides: string[][] = [[]];
  for (const word of words) {
    if (word === SEPARATOR) sides.push([]);
    else sides.at(-1)?.push(word);
  }
  if (sides.some((side) => side.length === 0))
    throw usageFault(`compare: there is no file on one side of ${SEPARATOR}`);
  return sides;
}

/** Results by the time they started, so that those of two sides that alternated pair up with their neighbours. */
function readSide(label: string, paths: readonly string[]): VariantResults {
  const files = paths.flatMap(filesOf);
  const results = files.map(readWhole).sort((left, right) => left.startedAt.localeCompare(right.startedAt));
  const shown = files.length <= 3 ? files.join(', ') : `${files[0]}, ... ${files.at(-1)}`;
  return { label, describe: shown, results };
}

function filesOf(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith('.json'));
    if (names.length === 0) throw usageFault(`compare: there is no .json file in the folder ${path}`);
    return names.sort().map((name) => join(path, name));
  } catch (error) {
    if (error instanceof OperatingFault) throw error;
    throw new OperatingFault('FILE', EXIT.usage, `cannot read ${path}: ${fileReason(error)}`, error);
  }
}

function readWhole(path: string): RunResult {
  const result = readResultFile(path);
  if (result.cluster.scope === 'whole') return result;
  throw usageFault(
    `compare: ${path} tells of shards ${result.config.localShardIds.join(', ')} of a run of several processes; ` +
      'give the result of the process with shard 0, which has all of them',
  );
}
