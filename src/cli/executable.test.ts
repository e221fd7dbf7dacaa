import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const EXECUTABLE = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));

/** A folder that is laid out as the package is, with a command line of the test's own. */
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dbtest-executable-'));
  mkdirSync(join(root, 'bin'));
  cpSync(EXECUTABLE, join(root, 'bin', 'dbtest.js'));
  writeFileSync(join(root, 'package.json'), '{"type": "module"}');
});
afterEach(() => rmSync(root, { recursive: true }));

function build(main: string): void {
  mkdirSync(join(root, 'dist', 'src', 'cli'), { recursive: true });
  writeFileSync(join(root, 'dist', 'src', 'cli', 'main.js'), main);
}

const execute = (argv: string[], nodeArguments: string[] = []) =>
  spawnSync(process.execPath, [...nodeArguments, join(root, 'bin', 'dbtest.js'), ...argv], { encoding: 'utf8' });

describe('bin/dbtest.js', () => {
  it('hands its arguments over and ends with the status it gets', () => {
    build('export const main = async (argv) => { console.log(JSON.stringify(argv)); return 3; };');
    const { status, stdout, stderr } = execute(['--json', '-', 'a b']);
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(['--json', '-', 'a b']);
  });

  it('ends only when everything is written', () => {
    build(`export const main = async () => { process.stdout.write('x'.repeat(5_000_000)); return 0; };`);
    const piped = spawnSync(
      'sh',
      ['-c', '"$0" "$1" | { sleep 0.2; wc -c; }', process.execPath, join(root, 'bin', 'dbtest.js')],
      {
        encoding: 'utf8',
      },
    );
    expect(piped.stdout.trim()).toBe('5000000');
  });

  it('says in one line that it is not built', () => {
    const { status, stdout, stderr } = execute([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^dbtest is not built: run `npm install` \(or `npm run build`\) in [^\n]+\n$/);
  });

  it.each(['18.20.4', '20.18.1'])('says in one line that Node %s is too old', (version) => {
    build('export const main = async () => 0;');
    const old = join(root, 'old-node.mjs');
    writeFileSync(
      old,
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`,
    );
    const { status, stdout, stderr } = execute([], ['--import', old]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^dbtest needs Node 20\.19 or newer, and this is Node [^\n]+\n$/);
    expect(stderr).toContain(version);
  });

  it('accepts the oldest Node that it needs', () => {
    build('export const main = async () => 0;');
    const node = join(root, 'node.mjs');
    writeFileSync(node, `Object.defineProperty(process, 'versions', { value: { node: '20.19.0' } });`);
    expect(execute([], ['--import', node]).status).toBe(0);
  });
});
