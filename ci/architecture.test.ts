import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ARROWS, MODULE_LINES_MAX, SOURCE_FOLDERS } from './architecture.ts';
import {
  buildGraph,
  findCycle,
  findForbiddenImports,
  findIsolatedFolders,
  findLongModules,
  findUndeclaredPackages,
  findUnintroducedFolders,
  folderOf,
  type ImportGraph,
  readSources,
} from './import-graph.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

describe('the project', () => {
  const sources = readSources(ROOT, SOURCE_FOLDERS);
  const graph = buildGraph(sources, (path) => existsSync(join(ROOT, path)));

  it('was really read', () => {
    expect(graph.modules.length).toBeGreaterThan(25);
    expect(graph.edges.length).toBeGreaterThan(graph.modules.length);
    expect(graph.modules).toContain('src/errors.ts');
    expect(graph.modules.map(folderOf)).toEqual(
      expect.arrayContaining(['src', 'src/engine', 'src/config', 'src/bench', 'src/report', 'src/cli', 'ci']),
    );
    expect(findIsolatedFolders(graph)).toEqual([]);
  });

  it('has no import that leads nowhere', () => {
    expect(graph.unresolved.map((edge) => `${edge.from}:${edge.line}: ${edge.to}`)).toEqual([]);
  });

  it('imports along the arrows only', () => {
    expect(findForbiddenImports(graph, ARROWS)).toEqual([]);
  });

  it('has no cycle, types included', () => {
    expect(findCycle(graph)?.join(' -> ') ?? 'no cycle').toBe('no cycle');
  });

  it('ships with every package that it loads', () => {
    const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const shipped = { ...graph, packages: graph.packages.filter((edge) => !edge.from.startsWith('ci/')) };
    expect(shipped.packages.length).toBeGreaterThan(0);
    expect(findUndeclaredPackages(shipped, new Set(Object.keys({ ...dependencies, ...peerDependencies })))).toEqual([]);
  });

  it(`has no module above ${MODULE_LINES_MAX} lines`, () => {
    expect(findLongModules(sources, MODULE_LINES_MAX)).toEqual([]);
  });

  it('says in every folder of src/ and workloads/ which thread runs it', () => {
    const shipped = new Map([...sources].filter(([path]) => /^(src|workloads)\/[^/]+\//.test(path)));
    expect(shipped.size).toBeGreaterThan(0);
    expect(findUnintroducedFolders(shipped)).toEqual([]);
  });
});

/** The graph of a made-up project: path -> source. */
const graphOf = (files: Record<string, string>, others: readonly string[] = []): ImportGraph =>
  buildGraph(new Map(Object.entries(files)), (path) => others.includes(path));

/** The graph of a project in which `from` imports `to` and nothing else happens. */
function oneImport(
  from: string,
  to: string,
  statement = (path: string) => `import { a } from '${path}';`,
): ImportGraph {
  const up = '../'.repeat(from.split('/').length - 1);
  return graphOf({ [from]: statement(up + to), [to]: '' });
}

describe('the checks themselves', () => {
  it.each([
    ['src/cli/main.ts', 'src/report/console.ts'],
    ['src/cli/main.ts', 'src/engine/partition.ts'],
    ['src/report/console.ts', 'src/bench/result.ts'],
    ['src/bench/run.ts', 'src/engine/partition.ts'],
    ['src/bench/deep/run.ts', 'src/shard/deep/context.ts'],
    ['src/shard/context.ts', 'src/transport/ring.ts'],
    ['src/transport/ring.ts', 'src/engine/partition.ts'],
    ['src/engine/table.ts', 'src/engine/column.ts'],
    ['src/engine/table.ts', 'src/errors.ts'],
    ['src/atomic-file.ts', 'src/errors.ts'],
    ['workloads/tpcc/index.ts', 'src/bench/contract.ts'],
    ['workloads/tpcc/index.ts', 'src/engine/partition.ts'],
    ['workloads/tpcc/index.ts', 'workloads/tpcc/schema.ts'],
    ['src/engine/table.test.ts', 'src/cli/main.ts'],
    ['bin/dbtest.js', 'src/cli/main.ts'],
  ])('allow %s to import %s', (from, to) => {
    expect(findForbiddenImports(oneImport(from, to), ARROWS)).toEqual([]);
  });

  it.each([
    ['src/engine/table.ts', 'src/bench/run.ts'],
    ['src/engine/table.ts', 'src/transport/ring.ts'],
    ['src/transport/ring.ts', 'src/durability/log.ts'],
    ['src/durability/log.ts', 'src/shard/context.ts'],
    ['src/shard/context.ts', 'src/bench/run.ts'],
    ['src/config/load.ts', 'src/bench/run.ts'],
    ['src/bench/run.ts', 'src/report/console.ts'],
    ['src/report/console.ts', 'src/engine/partition.ts'],
    ['src/report/console.ts', 'src/cli/main.ts'],
    ['src/errors.ts', 'src/engine/partition.ts'],
    ['src/cli/main.ts', 'workloads/tpcc/index.ts'],
    ['src/bench/run.ts', 'workloads/tpcc/index.ts'],
    ['src/cli/main.ts', 'ci/import-graph.ts'],
    ['src/cli/main.ts', 'bin/dbtest.js'],
    ['workloads/tpcc/index.ts', 'src/bench/run.ts'],
    ['workloads/tpcc/index.ts', 'src/shard/context.ts'],
    ['workloads/tpcc/index.ts', 'workloads/transfer/index.ts'],
    ['bin/dbtest.js', 'src/engine/partition.ts'],
  ])('forbid %s to import %s, in every form', (from, to) => {
    const forms = [
      (path: string) => `import { a } from '${path}';`,
      (path: string) => `import type { A } from '${path}';`,
      (path: string) => `export * from '${path}';`,
      (path: string) => `const a = await import('${path}');`,
    ];
    for (const form of forms)
      expect(findForbiddenImports(oneImport(from, to, form), ARROWS)).toEqual([
        `${from}:1: imports ${to}, which ${folderOf(from)} may not import`,
      ]);
  });

  it.each([
    ['src/shard/context.ts', 'src/config/run-config.ts'],
    ['workloads/tpcc/index.ts', 'src/config/run-config.ts'],
  ])('allow %s the types of %s and nothing else', (from, to) => {
    const typed = oneImport(from, to, (path) => `import type { A } from '${path}';`);
    expect(findForbiddenImports(typed, ARROWS)).toEqual([]);
    expect(findForbiddenImports(oneImport(from, to), ARROWS)).toEqual([
      `${from}:1: imports ${to}, of which ${folderOf(from)} may import types only`,
    ]);
  });

  it('forbid a folder without a rule', () => {
    expect(findForbiddenImports(graphOf({ 'src/misc/tools.ts': '' }), ARROWS)).toEqual([
      'src/misc/tools.ts: no arrows are given for the folder src/misc',
    ]);
  });

  it.each(['src/engine/table.test.ts', 'src/engine/testing/model.ts'])('forbid shipped code to import %s', (to) => {
    expect(findForbiddenImports(oneImport('src/engine/table.ts', to), ARROWS)).toEqual([
      `src/engine/table.ts:1: imports ${to}, which is test code`,
    ]);
  });

  it('report imports that lead nowhere, in tests too', () => {
    const files = {
      'src/a.ts': "import './missing.ts';\nimport './b.js';\nimport './b';\nimport '../package.json';",
      'src/b.ts': '',
      'src/b.test.ts': "import type { A } from './gone.ts';",
    };
    const graph = graphOf(files, ['package.json', 'src/b.js']);
    expect(graph.unresolved.map((edge) => `${edge.from}:${edge.line} ${edge.to}`)).toEqual([
      'src/a.ts:1 ./missing.ts',
      'src/a.ts:2 ./b.js',
      'src/a.ts:3 ./b',
      'src/b.test.ts:1 ./gone.ts',
    ]);
  });

  it('follow the executable into the build as into the sources', () => {
    const main = '../dist/src/cli/main.js';
    for (const source of [`import '${main}';`, `await import(new URL('${main}', import.meta.url).href);`]) {
      const graph = graphOf({ 'bin/dbtest.js': source, 'src/cli/main.ts': '' });
      expect(graph.unresolved).toEqual([]);
      expect(graph.edges).toMatchObject([{ from: 'bin/dbtest.js', to: 'src/cli/main.ts' }]);
    }
  });

  it('hold the modules that threads start by URL to the arrows, and do not call them cycles', () => {
    const url = (path: string) => `new Worker(new URL('${path}', import.meta.url));`;
    const graph = graphOf({
      'src/bench/run.ts': `${url('./worker.js')}\n${url('worker.ts')}\n${url('./gone.js')}\nnew URL('./', import.meta.url);`,
      'src/bench/worker.ts': "import type { A } from './run.ts';",
      'src/engine/table.ts': url('../bench/worker.js'),
    });
    expect(graph.unresolved.map((edge) => edge.to)).toEqual(['./gone.js']);
    expect(findForbiddenImports(graph, ARROWS)).toEqual([
      'src/engine/table.ts:1: imports src/bench/worker.ts, which src/engine may not import',
    ]);
    expect(findCycle(graph)).toBeNull();
  });

  it('name the modules of a cycle, in order', () => {
    const graph = graphOf({
      'src/engine/a.ts': "import './b.ts';",
      'src/engine/b.ts': "import './c.ts';\nimport './d.ts';",
      'src/engine/c.ts': '',
      'src/engine/d.ts': "import type { B } from './b.ts';",
    });
    expect(findCycle(graph)).toEqual(['src/engine/b.ts', 'src/engine/d.ts', 'src/engine/b.ts']);
  });

  it('see a module that imports itself, and no cycle where two ways lead to one module', () => {
    expect(findCycle(graphOf({ 'src/a.ts': "import './a.ts';" }))).toEqual(['src/a.ts', 'src/a.ts']);
    const diamond = { 'src/a.ts': "import './b.ts';\nimport './c.ts';", 'src/b.ts': "import './d.ts';" };
    expect(findCycle(graphOf({ ...diamond, 'src/c.ts': "import './d.ts';", 'src/d.ts': '' }))).toBeNull();
  });

  it('report packages that an installation would lack, except types and what loads on demand', () => {
    const graph = graphOf({
      'src/a.ts': [
        "import 'node:fs';",
        "import 'yargs/helpers';",
        "import '@scope/present/part';",
        "import '@scope/missing';",
        "import type { A } from 'types-only';",
        "const pg = await import('pg');",
      ].join('\n'),
      'src/a.test.ts': "import 'vitest';",
    });
    expect(findUndeclaredPackages(graph, new Set(['yargs', '@scope/present']))).toEqual([
      "src/a.ts:4: imports @scope/missing, which is not in package.json's dependencies",
    ]);
  });

  it('report folders that nothing connects', () => {
    const files = { 'src/engine/a.ts': "import './b.ts';", 'src/engine/b.ts': '', 'src/shard/c.ts': '' };
    expect(findIsolatedFolders(graphOf(files))).toEqual(['src/shard']);
  });

  it('report long modules, not long tests', () => {
    const lines = (count: number) => 'x;\n'.repeat(count);
    const sources = new Map([
      ['src/a.ts', lines(3)],
      ['src/b.ts', lines(4)],
      ['src/b.test.ts', lines(9)],
    ]);
    expect(findLongModules(sources, 3)).toEqual(['src/b.ts: 4 lines']);
  });

  it('report folders that do not say which thread runs them', () => {
    const sources = new Map([
      ['src/engine/partition.ts', '/**\n * Runs on a worker thread.\n */\nexport const a = 1;'],
      ['src/engine/table.ts', 'export const a = 1;'],
      ['src/shard/context.ts', '/** A shard. */\n/** Runs on a thread. */'],
      ['src/cli/main.ts', '// Runs on the main thread.'],
    ]);
    expect(findUnintroducedFolders(sources)).toEqual(['src/shard', 'src/cli']);
  });
});
