/** Checks before a run that its results can be written, so that nobody loses a long run to a typing error. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkWritable } from '../atomic-file.ts';
import { checkHistoryFile } from '../bench/history-file.ts';
import { fileReason } from '../config/file-reasons.ts';
import { shownText } from '../config/shown.ts';
import { type OperatingFault, usageFault } from '../errors.ts';

/** Where the results of a run go; null for nowhere. */
export interface Outputs {
  /** `-` is standard output. */
  jsonPath: string | null;
  htmlPath: string | null;
  csvPath: string | null;
  hlogPath: string | null;
  exportDir: string | null;
  historyPath: string | null;
  /** Appended to. */
  acknowledgementsPath?: string | null;
}

/** @throws OperatingFault (exit status 2) where one of the output options would fail; what is there already is left alone */
export function checkOutputs(outputs: Outputs): void {
  const { jsonPath, htmlPath, csvPath, hlogPath, exportDir, historyPath, acknowledgementsPath = null } = outputs;
  if (jsonPath !== null && jsonPath !== '-') checkWritable(jsonPath);
  const taken: OutputFile[] = [{ what: 'the JSON result', path: jsonPath }];
  const files: [option: string, what: string, path: string | null, check: (path: string) => void][] = [
    ['--html', 'the HTML report', htmlPath, checkWritable],
    ['--csv', 'the time series', csvPath, checkWritable],
    ['--hlog', 'the histograms', hlogPath, checkWritable],
    ['--history', 'the history', historyPath, checkHistoryFile],
    ['--acknowledgements', 'the acknowledgements', acknowledgementsPath, checkHistoryFile],
  ];
  for (const [option, what, path, check] of files) {
    if (path === null) continue;
    checkFilePath(option, path, taken);
    check(path);
    taken.push({ what, path });
  }
  if (exportDir !== null) checkExportFolder(exportDir);
}

/** A file that something else of the same run is written to. */
interface OutputFile {
  /** As a message names it. */
  what: string;
  path: string | null;
}

/** @param others would overwrite the file, or be overwritten */
function checkFilePath(option: string, path: string, others: readonly OutputFile[]): void {
  if (path === '-') throw usageFault(`${option}: standard output has the text report; give the path of a file`);
  const same = others.find((other) => other.path !== null && resolve(other.path) === resolve(path));
  if (same === undefined) return;
  throw usageFault(`${option}: ${shownText(path)} is the file of ${same.what}; give another`);
}

/** @throws OperatingFault (exit status 2) where no HTML report can be written; `jsonPath` is for the same result as data */
export function checkHtmlPath(htmlPath: string, jsonPath: string | null): void {
  checkFilePath('--html', htmlPath, [{ what: 'the JSON result', path: jsonPath }]);
  checkWritable(htmlPath);
}

function checkExportFolder(folder: string): void {
  const refuse = (problem: string): OperatingFault => usageFault(`--export: ${shownText(folder)} ${problem}`);
  let names: string[] | null;
  try {
    names = readdirSync(folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOTDIR') throw refuse('is not a folder; give a new or an empty one');
    if (code !== 'ENOENT') throw refuse(`cannot be read: ${fileReason(error)}; give a new or an empty folder`);
    names = null;
  }
  if (names !== null && names.length > 0) throw refuse('is not empty; give a new or an empty folder');
  const written = names === null ? dirname(resolve(folder)) : folder;
  try {
    if (!statSync(written).isDirectory()) throw refuse('is below something that is no folder; give another');
    accessSync(written, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = fileReason(error);
    throw refuse(`cannot be written: ${written}: ${reason}; create the folder above it or give another`);
  }
}
