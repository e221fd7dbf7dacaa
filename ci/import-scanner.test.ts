// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are sources to scan
import { describe, expect, it } from 'vitest';
import { scanImports } from './import-scanner.ts';

const scan = (source: string): string[] =>
  scanImports(source, 'x.ts').map(({ kind, specifier }) => `${kind} ${specifier}`);

describe('scanImports', () => {
  it.each([
    [`import './a.ts';`, ['value ./a.ts']],
    [`import a from "./a.ts";`, ['value ./a.ts']],
    [`import a, { b as c, type D } from './a.ts';`, ['value ./a.ts']],
    [`import * as a from './a.ts';`, ['value ./a.ts']],
    [`import {\n  a,\n  b,\n} from './a.ts';`, ['value ./a.ts']],
    [`import type { A } from './a.ts';`, ['type ./a.ts']],
    [`import type A from './a.ts';`, ['type ./a.ts']],
    [`import type from './a.ts';`, ['value ./a.ts']],
    [`import { 'a-b' as c } from './a.ts';`, ['value ./a.ts']],
    [`import a from './a.json' with { type: 'json' };`, ['value ./a.json']],
    [`export * from './a.ts';`, ['value ./a.ts']],
    [`export * as a from './a.ts';`, ['value ./a.ts']],
    [`export { a, b } from './a.ts';`, ['value ./a.ts']],
    [`export type { A } from './a.ts';`, ['type ./a.ts']],
    [`export type * from './a.ts';`, ['type ./a.ts']],
    [`const a = await import('./a.ts');`, ['dynamic ./a.ts']],
    ['const a = import(`./a.ts`);', ['dynamic ./a.ts']],
    [`type A = import('./a.ts').A;`, ['dynamic ./a.ts']],
    [`const a = new Worker(new URL('./a.js', import.meta.url), b);`, ['url ./a.js']],
    [`export { a }\nimport { b } from './b.ts'`, ['value ./b.ts']],
    ['const a = `${await import("./a.ts")} b`;', ['dynamic ./a.ts']],
  ])('finds the specifier in %j', (source, expected) => {
    expect(scan(source)).toEqual(expected);
  });

  it.each([
    `// import a from './a.ts';`,
    `/* import a from './a.ts'; */`,
    `/**\n * import a from './a.ts';\n */`,
    `const a = "import b from './b.ts'";`,
    `const a = 'import("./b.ts")';`,
    "const a = `import b from './b.ts'`;",
    "const a = `${b} import('./b.ts')`;",
    `const a = /import ".\\/b"/.test(c);`,
    `const a = { import: './b.ts', export: './c.ts' };`,
    `loader.import('./a.ts');`,
    `export { a };\nconst from = './b.ts';`,
    `export const from = './a.ts';`,
    `export type A = { from: './a.ts' };`,
    `const a = import.meta.url;`,
    `const a = import(url);`,
    `const a = new URL('./a.ts', folder);`,
    `const a = new URL(name, import.meta.url);`,
    'const a = import(`./${name}.ts`);',
  ])('finds nothing in %j', (source) => {
    expect(scan(source)).toEqual([]);
  });

  it.each([
    `const a = b / c; // don't\nimport './a.ts';`,
    `const a = (b + c) / 2 / d['e'];\nimport './a.ts';`,
    `const a = b! / c; const d = "'" + e / f;\nimport './a.ts';`,
    `const a = b.replace(/['"\`]/g, '');\nimport './a.ts';`,
    `const a = /[/'"]/;\nimport './a.ts';`,
    `return /\\/'/;\nimport './a.ts';`,
    "const a = `a ${b ? `'${{ c: '}' }.c}` : ''} \\` \\${`;\nimport './a.ts';",
    `#!/usr/bin/env node it's\nimport './a.ts';`,
    `const a = 'it\\'s';\nimport './a.ts';`,
  ])('is not led astray by %j', (source) => {
    expect(scan(source)).toEqual(['value ./a.ts']);
  });

  it('gives the line of each import', () => {
    const source = "/*\n*/\nimport './a.ts';\n\nconst t = `\n`;\nexport * from './b.ts';\n";
    expect(scanImports(source, 'x.ts').map(({ line }) => line)).toEqual([3, 7]);
  });

  it.each([`const a = 'b;\n`, 'const a = `b;\n', '/* a\n', 'const a = `${b;\n'])('refuses to guess at %j', (source) => {
    expect(() => scan(source)).toThrow(/^x\.ts:\d+: cannot read the imports: .* does not end$/);
  });
});
