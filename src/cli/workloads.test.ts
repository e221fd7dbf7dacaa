import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { usageFault } from '../errors.ts';
import { loadWorkload, optionSpelling, workloadNames } from './workloads.ts';

const FAKES = new URL('./testing/workloads/', import.meta.url);

describe('loadWorkload', () => {
  it('reads what the command line needs', async () => {
    expect(await loadWorkload('fake', FAKES)).toMatchObject({
      name: 'fake',
      moduleUrl: new URL('fake/workload.ts', FAKES).href,
      transactionKeys: ['readRow', 'writeRow'],
      options: [{ name: 'remoteRowPct', default: 1, low: 0, high: 100 }],
    });
  });

  it.each(['tpcc', '..', '', 'constructor', '%2e%2e/x', '../workloads/fake'])('knows no %j', async (name) => {
    await expect(loadWorkload(name, FAKES)).rejects.toMatchObject({ code: usageFault('').code, exitStatus: 2 });
  });

  it('says that none is installed', async () => {
    await expect(loadWorkload('tpcc', new URL('missing/', FAKES))).rejects.toThrow('none is installed');
  });
});

describe('workloadNames', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbtest-workloads-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are the folders with a module, in order', () => {
    for (const name of ['b', 'a', 'unfinished']) mkdirSync(join(folder, name));
    for (const name of ['b', 'a']) writeFileSync(join(folder, name, 'workload.ts'), '');
    writeFileSync(join(folder, 'README.md'), '');
    expect(workloadNames(pathToFileURL(`${folder}/`))).toEqual(['a', 'b']);
  });
});

describe('optionSpelling', () => {
  it.each([
    ['remoteItemPct', 'remote-item-pct'],
    ['skew', 'skew'],
  ])('%s is --%s', (name, spelling) => {
    expect(optionSpelling(name)).toBe(spelling);
  });
});
