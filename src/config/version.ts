/** The version of dbtest, from its own package.json: one place for `--version` and for results. */
import { readFileSync } from 'node:fs';

let version: string | undefined;

/** Works from the source tree and from the built tree, which lie at different depths below package.json. */
export function dbtestVersion(): string {
  if (version !== undefined) return version;
  for (let folder = new URL('./', import.meta.url); ; folder = new URL('../', folder)) {
    try {
      const manifest = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === 'dbtest' && manifest.version !== undefined) {
        version = manifest.version;
        return version;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    if (new URL('../', folder).href === folder.href) return 'unknown';
  }
}
