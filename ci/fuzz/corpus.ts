/** Inputs as files: a folder for each target, and a file for each input, whatever its name. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CorpusFile {
  name: string;
  bytes: Uint8Array;
}

/** Sorted by name; none where there is no folder. */
export function readCorpus(folder: string, target: string): CorpusFile[] {
  const path = join(folder, target);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .sort()
    .map((name) => ({ name, bytes: readFileSync(join(path, name)) }));
}

/** Keeps a failing input under a name that its content gives. @returns the path */
export function writeFinding(folder: string, target: string, input: Uint8Array): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${target}-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`);
  writeFileSync(path, input);
  return path;
}
