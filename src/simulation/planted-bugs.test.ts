/** Every planted bug must be found by the simulator; a table of what it took is printed at the end. */
import { afterAll, describe, expect, it } from 'vitest';
import { MUTATIONS, STARVING_MUTATIONS } from '../shard/testing/mutations.ts';
import { type Catch, catchBug, FOUND_ELSEWHERE, PLANTED_BUGS } from './testing/mutations.ts';
import { simulatedWorkloads } from './testing/workloads.ts';

/** A bug that survives so many seeds, each with every workload, is not found. */
const SEEDS_MOST = 100;
const LEAST_BUGS = 15;
const SHOWN_CHARACTERS = 100;

const workloads = await simulatedWorkloads();
const found = new Map<string, Catch>();

describe(`a planted bug is found within ${SEEDS_MOST} seeds`, () => {
  const sought = PLANTED_BUGS.filter(({ name }) => FOUND_ELSEWHERE[name] === undefined);

  it.each(sought)('$name', (bug) => {
    const caught = catchBug(bug, workloads, SEEDS_MOST);
    expect(caught, 'the bug survives').not.toBeNull();
    if (caught !== null) found.set(bug.name, caught);
  });

  afterAll(() => {
    const lines = [...found].map(([name, { seeds, workload, how }]) => {
      const shown = how.replace(/\s+/g, ' ').slice(0, SHOWN_CHARACTERS);
      return `${name.padEnd(75)} ${String(seeds).padStart(4)}  ${workload.padEnd(7)} ${shown}`;
    });
    process.stdout.write(`planted bug, seeds that it took, and how it showed\n${lines.join('\n')}\n`);
  });
});

describe('the list of planted bugs', () => {
  it('is long, and names each bug once', () => {
    const names = PLANTED_BUGS.map(({ name }) => name);
    expect(names.length - Object.keys(FOUND_ELSEWHERE).length).toBeGreaterThanOrEqual(LEAST_BUGS);
    expect(new Set(names).size).toBe(names.length);
  });

  it('leaves to the tests of src/shard only what these have', () => {
    const theirs = [...MUTATIONS, ...STARVING_MUTATIONS].map(({ name }) => name);
    for (const name of Object.keys(FOUND_ELSEWHERE)) expect(theirs).toContain(name);
  });

  it('finds nothing where nothing is planted', () => {
    expect(catchBug({ name: 'none', apply: () => {} }, workloads, 10)).toBeNull();
  });
});
