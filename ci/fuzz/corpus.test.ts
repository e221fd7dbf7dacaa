/** Every input of the corpus is handled by its target: what was repaired stays so, and what is known to fail still does. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownFailureOf } from './campaign.ts';
import { readCorpus } from './corpus.ts';
import { signatureOf } from './failure.ts';
import type { FuzzTarget, OpenTarget } from './fuzz-target.ts';
import { TARGETS } from './targets/targets.ts';

const FOLDER = fileURLToPath(new URL('./corpus', import.meta.url));
/** Files of failures that are known and not repaired begin with this. */
const KNOWN = 'known-';
/** It changes the folder of the process, which a thread may not, and reads the workloads as they are compiled. */
const NEEDS_A_PROCESS = ['command-line'];

it('has a folder for targets only', () => {
  expect(existsSync(FOLDER)).toBe(true);
  expect(readdirSync(FOLDER).filter((name) => !(name in TARGETS))).toEqual([]);
});

describe.each(Object.keys(TARGETS).filter((name) => !NEEDS_A_PROCESS.includes(name)))('%s', (name) => {
  let target: FuzzTarget;
  let open: OpenTarget;

  beforeAll(async () => {
    target = await TARGETS[name]();
    open = await target.open();
  });
  afterAll(() => open.close());

  const signature = async (input: Uint8Array): Promise<string | null> => {
    try {
      await open.execute(input);
      return null;
    } catch (error) {
      return signatureOf(error);
    }
  };

  it('has its name, and handles its seeds', async () => {
    expect(target.name).toBe(name);
    for (const seed of target.seeds()) {
      const found = await signature(typeof seed === 'string' ? Buffer.from(seed) : seed);
      expect(found === null || knownFailureOf(target, found) !== null ? null : found).toBeNull();
    }
  });

  for (const { name: file, bytes } of readCorpus(FOLDER, name)) {
    it(`handles ${file}`, async () => {
      const found = await signature(bytes);
      if (!file.startsWith(KNOWN)) expect(found).toBeNull();
      // Once it is repaired, the file loses this beginning and the target its known failure.
      else expect(found !== null && knownFailureOf(target, found) !== null, `${found}`).toBe(true);
    });
  }
});
