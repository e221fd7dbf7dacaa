/** What is in a folder, to see whether anybody changed it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** @returns by path below the folder: the bytes of a file, in base64, or `folder`; a link to nowhere is `nothing` */
export function folderState(folder: string): Record<string, string> {
  const state: Record<string, string> = {};
  const visit = (below: string) => {
    for (const name of readdirSync(join(folder, below))) {
      const path = join(below, name);
      const stat = statSync(join(folder, path), { throwIfNoEntry: false });
      if (stat === undefined) state[path] = 'nothing';
      else if (stat.isDirectory()) {
        state[path] = 'folder';
        visit(path);
      } else state[path] = readFileSync(join(folder, path)).toString('base64');
    }
  };
  visit('');
  return state;
}
