/**
 * The import graph of the project: which file imports which, whether every import resolves, whether the arrows between
 * folders are allowed, and whether there is a cycle. Everything works on plain data (a map from path to source), so
 * that the tests can prove on small made-up projects that each check fails when it should.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';
import { type ImportKind, scanImports } from './import-scanner.ts';

/** Sources by path from the project's root, with forward slashes. */
export type Sources = ReadonlyMap<string, string>;

export interface Edge {
  from: string;
  to: string;
  kind: ImportKind;
  line: number;
}

export interface ImportGraph {
  /** Every source that was read, sorted. */
  modules: string[];
  /** Imports of one module by another. */
  edges: Edge[];
  /** Imports of packages: `to` is the specifier. */
  packages: Edge[];
  /** Relative imports that lead to no file. */
  unresolved: Edge[];
}

/** A place that imports may go to: a folder (with all below it) or a file; `typesOnly` where nothing may be loaded. */
export interface Target {
  path: string;
  typesOnly: boolean;
}

/** What the modules of a folder may import besides their own folder; a name may end in `/*` for each folder below. */
export type Arrows = Readonly<Record<string, readonly Target[]>>;

const MODULE_NAME = /\.(ts|mts|js|mjs)$/;

/** Test code: not shipped, bound by no arrows, and not to be imported by what is shipped. */
export const isTestCode = (path: string): boolean => /\.test\.m?[tj]s$/.test(path) || /\/testing\//.test(path);

/** Reads every module below the given folders of the project; a folder that does not exist counts as empty. */
export function readSources(root: string, folders: readonly string[]): Map<string, string> {
  const sources = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && entry.name !== 'node_modules') visit(path);
      else if (entry.isFile() && MODULE_NAME.test(entry.name))
        sources.set(path, readFileSync(join(root, path), 'utf8'));
    }
  };
  const present = new Set(readdirSync(root));
  for (const folder of folders) if (present.has(folder)) visit(folder);
  return sources;
}

/** Where a specifier leads, as a path from the root; null for a package. */
function pathOf(from: string, specifier: string, kind: ImportKind): string | null {
  const relative = /^\.{0,2}\//.test(specifier) || (kind === 'url' && !/^[a-z]+:/.test(specifier));
  return relative ? posix.normalize(posix.join(posix.dirname(from), specifier)) : null;
}

/**
 * Builds the graph. Relative specifiers must name an existing source exactly, extension included. A path into `dist/`
 * stands for the source it is compiled from, so that the check needs no build; the same goes for URLs of modules, which
 * the compiler leaves as they are. Other URLs (folders, data) are none of the graph's business.
 * @param exists whether a path from the root is a file; for imports of what is not a module (JSON)
 */
export function buildGraph(sources: Sources, exists: (path: string) => boolean): ImportGraph {
  const modules = [...sources.keys()].sort();
  const graph: ImportGraph = { modules, edges: [], packages: [], unresolved: [] };
  for (const from of modules) {
    for (const { specifier, kind, line } of scanImports(sources.get(from) as string, from)) {
      const path = pathOf(from, specifier, kind);
      if (path === null) {
        if (kind !== 'url') graph.packages.push({ from, to: specifier, kind, line });
        continue;
      }
      const built = path.startsWith('dist/');
      const source = built || kind === 'url' ? path.replace(/^dist\//, '').replace(/js$/, 'ts') : path;
      const to = sources.has(source) ? source : path;
      if (sources.has(to)) graph.edges.push({ from, to, kind, line });
      else if (MODULE_NAME.test(to) || (kind !== 'url' && !exists(to)))
        graph.unresolved.push({ from, to: specifier, kind, line });
    }
  }
  return graph;
}

/** The folder whose rule binds a module: `src`, `src/engine`, `workloads/tpcc`, `bin`, `ci`. */
export function folderOf(path: string): string {
  const parts = path.split('/').slice(0, -1);
  return parts.slice(0, parts[0] === 'src' || parts[0] === 'workloads' ? 2 : 1).join('/');
}

/** The row of the table that binds a folder: its own, else the one for each folder below its parent. */
function targetsOf(arrows: Arrows, folder: string): readonly Target[] | undefined {
  return arrows[folder] ?? arrows[`${posix.dirname(folder)}/*`];
}

/** One line for each import that goes against the arrows, or that starts in a folder the table does not know. */
export function findForbiddenImports(graph: ImportGraph, arrows: Arrows): string[] {
  const reports: string[] = [];
  for (const module of graph.modules) {
    if (!isTestCode(module) && targetsOf(arrows, folderOf(module)) === undefined)
      reports.push(`${module}: no arrows are given for the folder ${folderOf(module)}`);
  }
  for (const edge of graph.edges) {
    if (isTestCode(edge.from)) continue;
    const where = `${edge.from}:${edge.line}: imports ${edge.to}`;
    if (isTestCode(edge.to)) {
      reports.push(`${where}, which is test code`);
      continue;
    }
    const folder = folderOf(edge.from);
    const targets = targetsOf(arrows, folder);
    if (targets === undefined || folderOf(edge.to) === folder) continue;
    const reached = targets.filter((target) => edge.to === target.path || folderOf(edge.to) === target.path);
    if (reached.length === 0) reports.push(`${where}, which ${folder} may not import`);
    else if (edge.kind !== 'type' && reached.every((target) => target.typesOnly))
      reports.push(`${where}, of which ${folder} may import types only`);
  }
  return reports;
}

/** One line for each package that shipped code loads without declaring it, so that an installation would lack it. */
export function findUndeclaredPackages(graph: ImportGraph, declared: ReadonlySet<string>): string[] {
  const builtin = new Set(builtinModules);
  return graph.packages
    .filter((edge) => !isTestCode(edge.from) && edge.kind === 'value')
    .filter((edge) => !edge.to.startsWith('node:') && !builtin.has(edge.to))
    .filter((edge) => {
      const parts = edge.to.split('/');
      return !declared.has(parts.slice(0, edge.to.startsWith('@') ? 2 : 1).join('/'));
    })
    .map((edge) => `${edge.from}:${edge.line}: imports ${edge.to}, which is not in package.json's dependencies`);
}

/**
 * A cycle as the modules on it, the first one repeated at the end; null where there is none. Types count, URLs do not:
 * what a thread starts from a URL is not loaded by the module that names it.
 */
export function findCycle(graph: ImportGraph): string[] | null {
  const targets = new Map<string, string[]>(graph.modules.map((module) => [module, []]));
  for (const edge of graph.edges) if (edge.kind !== 'url') targets.get(edge.from)?.push(edge.to);
  const path: string[] = [];
  const finished = new Set<string>();
  const visit = (module: string): string[] | null => {
    if (finished.has(module)) return null;
    const start = path.indexOf(module);
    if (start >= 0) return [...path.slice(start), module];
    path.push(module);
    for (const target of targets.get(module) ?? []) {
      const cycle = visit(target);
      if (cycle !== null) return cycle;
    }
    path.pop();
    finished.add(module);
    return null;
  };
  for (const module of graph.modules) {
    const cycle = visit(module);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** Folders with modules but no import in or out: a sign that the graph was not read, not that the folder is clean. */
export function findIsolatedFolders(graph: ImportGraph): string[] {
  const connected = new Set(graph.edges.flatMap((edge) => [folderOf(edge.from), folderOf(edge.to)]));
  return [...new Set(graph.modules.map(folderOf))].filter((folder) => !connected.has(folder));
}

/** Modules longer than `limit` lines, test code excepted, as `path: lines`. */
export function findLongModules(sources: Sources, limit: number): string[] {
  return [...sources]
    .filter(([path]) => !isTestCode(path))
    .map(([path, source]) => ({ path, lines: source.replace(/\n$/, '').split('\n').length }))
    .filter(({ lines }) => lines > limit)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
}

/** Folders of which no module opens with a block comment that says which thread runs it. */
export function findUnintroducedFolders(sources: Sources): string[] {
  const introduced = new Set<string>();
  const folders = new Set<string>();
  for (const [path, source] of sources) {
    if (isTestCode(path)) continue;
    folders.add(folderOf(path));
    const opening = /^(?:#!.*\n)?\/\*\*?([\s\S]*?)\*\//.exec(source)?.[1];
    if (opening !== undefined && /\bthreads?\b/i.test(opening)) introduced.add(folderOf(path));
  }
  return [...folders].filter((folder) => !introduced.has(folder));
}
