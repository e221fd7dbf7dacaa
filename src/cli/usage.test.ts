import { describe, expect, it } from 'vitest';
import { dbtestVersion } from '../config/version.ts';
import { fakeContext, runCli } from './testing/fake-context.ts';

const FAKE = ['--workload', 'fake'];

/** Runs with arguments that must be refused before anything starts. */
async function refusal(argv: string[]): Promise<string> {
  const { status, stdout, stderr } = await runCli(argv);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^dbtest: [^\n]+\n$/);
  expect(status).toBe(2);
  return stderr.slice('dbtest: '.length, -1);
}

describe('help', () => {
  it.each([[['--help']], [['-h']], [['run', '--help']]])(
    '%j lists every option of a run, the workload’s too',
    async (argv) => {
      const { status, stdout, stderr } = await runCli([...argv, ...FAKE]);
      expect(status).toBe(0);
      expect(stderr).toBe('');
      for (const option of [
        'shard-config',
        'local-shards',
        'shard-index',
        'paxos-proc-name',
        'num-threads',
        'transport',
        'ring-capacity',
        'join-timeout',
        'on-peer-loss',
        'secret-file',
        'pin-cpus',
        'cpu-list',
        'low-transport-priority',
        'warehouses',
        'terminals',
        'workload',
        'warmup',
        'runtime',
        'pacing',
        'rate',
        'mix',
        'seed',
        'memory-limit',
        'no-check',
        'json',
        'export',
        'quiet',
        'remote-row-pct',
      ]) {
        expect(stdout).toMatch(new RegExp(`--${option} `));
      }
      expect(stdout).toContain('Exit status');
      expect(stdout).toContain('Examples:');
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    },
  );

  it('stays within 80 columns', async () => {
    for (const argv of [
      ['--help', ...FAKE],
      ['init', '--help'],
    ]) {
      const context = fakeContext();
      context.stdout.isTTY = true;
      context.stdout.columns = 80;
      const { stdout } = await runCli(argv, context);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    }
  });

  it('lists the commands, and each command has its own', async () => {
    expect((await runCli(['--help', ...FAKE])).stdout).toContain('dbtest init [file]');
    const { stdout } = await runCli(['init', '--help']);
    expect(stdout).toContain('--base-port');
    expect(stdout).not.toContain('--num-threads ');
  });

  it('goes before mistakes', async () => {
    expect((await runCli(['--help', '--nonsense', ...FAKE])).status).toBe(0);
  });
});

describe('--version', () => {
  it('prints the version alone', async () => {
    expect(await runCli(['--version'])).toEqual({ status: 0, stdout: `${dbtestVersion()}\n`, stderr: '' });
  });
});

describe('unknown words are refused with what was probably meant', () => {
  it.each([
    [['--num-thread', '2'], '--num-thread: unknown option; did you mean --num-threads?'],
    [['--numThreads=2'], '--numThreads: unknown option; did you mean --num-threads?'],
    [['--threads', '2'], '--threads: unknown option; did you mean --num-threads?'],
    [['-runtime', '5'], '-runtime: unknown option; did you mean --runtime?'],
    [['--remote-row', '5'], '--remote-row: unknown option; did you mean --remote-row-pct?'],
    [['--xyzzy'], '--xyzzy: unknown option; dbtest --help lists the options'],
    [['--check'], '--check: unknown option; did you mean --no-check?'],
    [['--constructor=1'], '--constructor: unknown option'],
    [['--__proto__', '1'], '--__proto__: unknown option'],
    [['-x'], '-x: unknown option'],
    [['-1'], '-1: unknown option'],
    [['-Pp1'], '-Pp1: unknown option'],
    [['---runtime', '1'], '---runtime: unknown option; did you mean --runtime?'],
    [['--a\nb'], '--a b: unknown option'],
    [['rnu'], '"rnu": unknown command; did you mean run?'],
    [['xyzzy'], '"xyzzy": unknown command; the commands are run, load'],
    [[''], '"": unknown command'],
    [['run', 'fast', ...FAKE], '"fast": unexpected argument; dbtest run takes options only'],
    [['--quiet', '--workload', 'fake', '--', 'fast'], '"fast": unexpected argument'],
    [['--workload', 'fake', '--', '--quiet'], '"--quiet": unexpected argument'],
    [['--quiet', 'init'], 'init: a command comes first: dbtest init ...'],
    [['init', 'a.yml', 'b.yml'], '"b.yml": unexpected argument; dbtest init takes one file'],
    [['init', '--runtime', '5'], '--runtime: unknown option'],
    [['init', '--warehouse', '5'], '--warehouse: unknown option; did you mean --warehouses?'],
  ])('%j', async (argv, expected) => {
    const line = await refusal(argv[0]?.startsWith('-') && !argv.includes('fake') ? [...argv, ...FAKE] : argv);
    expect(line).toContain(expected);
  });

  it('the workload', async () => {
    expect(await refusal(['--workload', 'fke'])).toContain('there is no workload "fke"; did you mean fake?');
    expect(await refusal(['--workload', '../fake'])).toContain('there is no workload "../fake"');
    expect(await refusal(['--workload='])).toContain('there is no workload ""');
    expect(await refusal([])).toContain('there is no workload "tpcc"; give one of fake');
  });
});

describe('values are refused with the option, what was given and what is accepted', () => {
  it.each([
    [['--num-threads', '0'], '--num-threads: "0" is not accepted; give a whole number from 1 to 1024'],
    [['--num-threads', '-1'], '--num-threads: "-1" is not accepted'],
    [['--num-threads=-1'], '--num-threads: "-1" is not accepted'],
    [['--num-threads', '1025'], '--num-threads: "1025" is not accepted'],
    [['--num-threads', '1.5'], '--num-threads: "1.5" is not accepted'],
    [['--num-threads', '1e3'], '--num-threads: "1e3" is not accepted'],
    [['--num-threads', '0x2'], '--num-threads: "0x2" is not accepted'],
    [['--num-threads', ''], '--num-threads: "" is not accepted'],
    [['--num-threads='], '--num-threads: "" is not accepted'],
    [['--warehouses', 'x'], '--warehouses: "x" is not accepted; give a whole number from 1'],
    [['--warehouses', '0'], '--warehouses: "0" is not accepted'],
    [['--warehouses', 'Infinity'], '--warehouses: "Infinity" is not accepted'],
    [['--warehouses', 'NaN'], '--warehouses: "NaN" is not accepted'],
    [['--warehouses', '1\n2'], '--warehouses: "1\\n2" is not accepted'],
    [['--terminals', '0'], '--terminals: "0" is not accepted; give a whole number from 1'],
    [['--runtime', '-1'], '--runtime: "-1" is not accepted; give seconds as a plain number, or 500ms, 30s, 2m, 1h'],
    [['--runtime', '-1s'], '--runtime: "-1s" is not accepted'],
    [['--runtime', '0'], '--runtime: "0" is not accepted'],
    [['--runtime', '1d'], '--runtime: "1d" is not accepted'],
    [['--runtime', '169h'], '--runtime: "169h" is not accepted'],
    [['--runtime', ''], '--runtime: "" is not accepted'],
    [['--warmup', '-1'], '--warmup: "-1" is not accepted'],
    [['--warmup', 'soon'], '--warmup: "soon" is not accepted'],
    [['--rate', '0'], '--rate: "0" is not accepted; give a number from 0.001'],
    [['--rate', '-5'], '--rate: "-5" is not accepted'],
    [['--rate', 'Infinity'], '--rate: "Infinity" is not accepted'],
    [['--seed', '-1'], '--seed: "-1" is not accepted; give a whole number from 0 to 4294967295'],
    [['--seed', '4294967296'], '--seed: "4294967296" is not accepted'],
    [
      ['--memory-limit', '0'],
      '--memory-limit: "0" is not accepted; give a number of bytes, or 512MB, 4GiB, 4G; at least 16 MiB',
    ],
    [['--memory-limit', '4'], '--memory-limit: "4" is not accepted'],
    [['--memory-limit', '-1'], '--memory-limit: "-1" is not accepted'],
    [['--memory-limit', 'lots'], '--memory-limit: "lots" is not accepted'],
    [['--pacing', 'keyng'], '--pacing: "keyng" is not accepted; give one of none, keying; did you mean keying?'],
    [['-P', 'leader'], '--paxos-proc-name: "leader" is not accepted; give one of localhost, p1, p2, learner'],
    [['--shard-index', '-1'], '--shard-index: "-1" is not accepted; give a whole number from 0'],
    [['--shard-index', '346'], '--shard-index: "346" is not accepted'],
    [['--transport', 'udp'], '--transport: "udp" is not accepted; give one of auto, shm, tcp'],
    [['--transport='], '--transport: "" is not accepted'],
    [
      ['--ring-capacity', '255'],
      '--ring-capacity: "255" is not accepted; give a number of bytes, or 512MB, 4GiB, 4G; at least 256 B and at most 1.0 GiB, or min',
    ],
    [['--ring-capacity', '1025MiB'], '--ring-capacity: "1025MiB" is not accepted'],
    [['--ring-capacity', '0'], '--ring-capacity: "0" is not accepted'],
    [['--ring-capacity', 'max'], '--ring-capacity: "max" is not accepted'],
    [['--ring-capacity', 'constructor'], '--ring-capacity: "constructor" is not accepted'],
    [['--on-peer-loss', 'wait'], '--on-peer-loss: "wait" is not accepted; give one of stop, continue'],
    [['--join-timeout', '0'], '--join-timeout: "0" is not accepted'],
    [['--join-timeout', 'never'], '--join-timeout: "never" is not accepted; give seconds'],
    [['--cpu-list', ''], '--cpu-list: "" is not accepted; give CPUs and ranges of them, such as 0-3,8'],
    [['--cpu-list', '0-'], '--cpu-list: "0-" is not accepted'],
    [['--cpu-list', '0,,1'], '--cpu-list: "0,,1" is not accepted'],
    [['--cpu-list', '0, 1'], '--cpu-list: "0, 1" is not accepted'],
    [['--cpu-list=-1'], '--cpu-list: "-1" is not accepted'],
    [['--cpu-list', 'all'], '--cpu-list: "all" is not accepted'],
    [['--cpu-list', '0\n'], '--cpu-list: "0\\n" is not accepted'],
    [['--secret-file', ''], '--secret-file: "" is not accepted; give the path of a file with the secret'],
    [['--local-shards', ''], '--local-shards: "" is not accepted; give shard ids'],
    [['--local-shards', '0,'], '--local-shards: "0," is not accepted'],
    [['--local-shards', '0,0'], '--local-shards: "0,0" is not accepted'],
    [['--local-shards', '0-1'], '--local-shards: "0-1" is not accepted'],
    [['--local-shards', '-1'], '--local-shards: "-1" is not accepted'],
    [['--local-shards', '0,x'], '--local-shards: "0,x" is not accepted'],
    [['--mix', 'readRow=0'], '--mix: all weights are 0'],
    [['--mix', 'read=1'], '--mix: "read" is no transaction of the workload'],
    [['--mix', ''], '--mix: "" is not accepted'],
    [['--remote-row-pct', '101'], '--remote-row-pct: "101" is not accepted; give a number from 0 to 100'],
    [['--remote-row-pct', '-1'], '--remote-row-pct: "-1" is not accepted'],
    [['--shard-config', ''], '--shard-config: "" is not accepted; give the path of a shard YAML'],
    [['--json', ''], '--json: "" is not accepted'],
    [['--export', ''], '--export: "" is not accepted'],
  ])('%j', async (argv, expected) => {
    expect(await refusal([...argv, ...FAKE])).toContain(expected);
  });

  it.each([
    [['--runtime'], '--runtime: its value is missing'],
    [['--runtime', '--quiet'], '--runtime: its value is missing'],
    [['--json', '-x'], '-x: unknown option'],
    [['--runtime', '1', '--runtime', '2'], '--runtime: given twice'],
    [['--runtime', '1', '--runtime=2'], '--runtime: given twice'],
    [['-P', 'p1', '--paxos-proc-name', 'p2'], '--paxos-proc-name: given twice'],
    [['--pin-cpus=yes'], '--pin-cpus: takes no value'],
    [['--quiet=maybe'], '--quiet: takes no value, but "maybe" was given'],
    [['--no-check=false'], '--no-check: takes no value'],
    [['--version=3'], '--version: takes no value'],
  ])('%j', async (argv, expected) => {
    expect(await refusal([...FAKE, ...argv])).toContain(expected);
  });

  it('a value given without the option it belongs to is an unexpected argument', async () => {
    expect(await refusal([...FAKE, '--quiet', '5'])).toContain('"5": unexpected argument');
  });
});

describe('options that contradict each other', () => {
  it.each([
    [['--local-shards', '0', '--shard-index', '0'], '--local-shards and --shard-index'],
    [['--pacing', 'keying', '--rate', '5'], '--rate and --pacing keying'],
    [['--transport', 'shm', '--shard-index', '1'], '--transport shm: 1 of the 2 shards runs in another process'],
    [['--num-threads', '3', '--warehouses', '2'], '--num-threads: 3 is more than a shard of 2 warehouses'],
  ])('%j', async (argv, expected) => {
    expect(await refusal([...argv, ...FAKE])).toContain(expected);
  });
});
