/** Worker threads do not load TypeScript: compiles modules of this folder as they are now, with all they import. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const PLACEMENT = 'src/shard/placement';

export interface CompiledModules {
  /** Path of a module by its name, such as `thread-name`. */
  pathOf(name: string): string;
  remove(): void;
}

export function compileModules(names: readonly string[]): CompiledModules {
  const folder = mkdtempSync(join(tmpdir(), 'dbtest-placement-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    compile(names, folder);
  } catch (error) {
    remove();
    throw error;
  }
  return { pathOf: (name) => join(folder, PLACEMENT, `${name}.js`), remove };
}

function compile(names: readonly string[], folder: string): void {
  const project = join(folder, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    rootDir: ROOT,
    outDir: folder,
    typeRoots: [join(ROOT, 'node_modules', '@types')],
  };
  const files = names.map((name) => join(ROOT, PLACEMENT, `${name}.ts`));
  const settings = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, files, include: [] };
  writeFileSync(project, JSON.stringify(settings));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  execFileSync(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', project]);
}
