/** Checks before a run that its results can be written, so that nobody loses a long run to a typing error. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkWritable } from '../atomic-file.ts';
import { createHistoryFile } from '../bench/history-file.ts';
import { fileReason } from '../config/file-reasons.ts';
import { shownText } from '../config/shown.ts';
import { type OperatingFault, usageFault } from '../errors.ts';

/** Where the results of a run go; null for nowhere. */
export interface Outputs {
  /** `-` is standard output. */
  jsonPath: string | null;
  htmlPath: string | null;
  exportDir: string | null;
  historyPath: string | null;
}

/** @throws OperatingFault (exit status 2) where `--json`, `--html`, `--export` or `--history` would fail */
export function checkOutputs({ jsonPath, htmlPath, exportDir, historyPath }: Outputs): void {
  if (jsonPath !== null && jsonPath !== '-') checkWritable(jsonPath);
  if (htmlPath !== null) checkHtmlPath(htmlPath, jsonPath);
  if (exportDir !== null) checkExportFolder(exportDir);
  if (historyPath !== null) createHistory(historyPath, [jsonPath, htmlPath]);
}

/** @param others files of the same run, which would overwrite it at its end */
function createHistory(path: string, others: (string | null)[]): void {
  if (path === '-') throw usageFault('--history: standard output has the text report; give the path of a file');
  if (others.some((other) => other !== null && resolve(other) === resolve(path))) {
    throw usageFault(`--history: ${shownText(path)} is the file of another result; give another`);
  }
  createHistoryFile(path);
}

/** @throws OperatingFault (exit status 2) where no HTML report can be written; `jsonPath` is for the same result as data */
export function checkHtmlPath(htmlPath: string, jsonPath: string | null): void {
  if (htmlPath === '-') throw usageFault('--html: standard output has the text report; give the path of a file');
  if (jsonPath !== null && resolve(htmlPath) === resolve(jsonPath)) {
    throw usageFault(`--html: ${shownText(htmlPath)} is the file of the JSON result; give another`);
  }
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
