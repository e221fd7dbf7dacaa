/** `dbtest simulate`: what it is called with. What it does is loaded only when it is wanted. */
import type { Command, OptionDefinitions } from './command.ts';

const DEFAULT_SEEDS = 100;
/** Stands for every workload. */
const ALL = 'all';
const GROUP = 'Simulation:';

const OPTIONS: OptionDefinitions = {
  seed: { group: GROUP, kind: 'value', describe: 'The first seed; alone: the only one', defaultText: '1' },
  seeds: {
    group: GROUP,
    kind: 'value',
    describe: 'How many seeds, or which: 500, 1001..3000',
    defaultText: String(DEFAULT_SEEDS),
  },
  workload: {
    group: GROUP,
    kind: 'value',
    describe: 'Name of a workload; all: each seed with every one',
    defaultText: ALL,
  },
  threads: { group: GROUP, kind: 'value', describe: 'Threads over which seeds are spread', defaultText: 'one a core' },
  trace: { group: GROUP, kind: 'flag', describe: 'Write every step of the one seed to stderr' },
  json: { group: GROUP, kind: 'flag', describe: 'Print the report as JSON' },
  quiet: { group: GROUP, kind: 'flag', describe: 'No progress on stderr' },
};

export const SIMULATE_COMMAND: Command = {
  name: 'simulate',
  isDefault: false,
  describe:
    'Run whole clusters on a virtual clock, with trouble, disks and crashes that a seed chooses (exit status 3 when something is wrong)',
  positional: null,
  options: OPTIONS,
  examples: [
    ['$0 simulate --seeds 2000', 'Seeds 1 to 2000 with every workload'],
    ['$0 simulate --workload bank --seed 123 --trace', 'One seed again, step by step'],
  ],
  execute: async (given, context) =>
    (await import('./simulate-seeds.ts')).simulateSeeds(given, context, DEFAULT_SEEDS, ALL),
};
