import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../engine/testing/random.ts';
import { OperatingFault } from '../errors.ts';
import { type Process, ProcessNet } from './testing/process-net.ts';

/** What a verdict says: whose reports were in, and what they said. */
type Verdict = [process: number, report: string][];

const verdictOf = (reports: ReadonlyMap<number, string>): Verdict => [...reports].sort(([a], [b]) => a - b);

/** Lets a process agree on a step; where its verdict will be. */
function agree(process: Process, step = 'step'): { verdict: Verdict | null } {
  const agreed: { verdict: Verdict | null } = { verdict: null };
  void process.cluster.agree<string, Verdict>(step, `${step} of ${process.name}`, verdictOf).then((verdict) => {
    agreed.verdict = verdict;
  });
  return agreed;
}

/** Promises are told of their verdicts in a turn of their own. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const reportsOf = (step: string, ...names: number[]): Verdict => names.map((name) => [name, `${step} of ${name}`]);

/** One process a shard. */
const newNet = (processes: number): ProcessNet => new ProcessNet(Array.from({ length: processes }, (_, i) => [i]));

describe('Cluster', () => {
  it('is its own leader and agrees with itself where there is nobody else', async () => {
    const net = new ProcessNet([[0, 1]]);
    const [alone] = net.processes as [Process];
    expect([alone.cluster.processes, alone.cluster.isLeader, alone.cluster.leader]).toEqual([1, true, 0]);
    const agreed = agree(alone);
    await settled();
    expect(agreed.verdict).toEqual(reportsOf('step', 0));
    alone.cluster.announce({ phase: 'measure' });
    alone.cluster.requestEnd('interrupt');
    expect([alone.announced, alone.endRequests]).toEqual([[{ phase: 'measure' }], ['interrupt']]);
  });

  it('is led by the process with the lowest shard, however many shards each has', () => {
    const net = new ProcessNet([
      [0, 3],
      [1, 2],
      [4, 5],
    ]);
    expect(net.processes.map(({ cluster }) => [cluster.self, cluster.leader, cluster.processes])).toEqual([
      [0, 0, 3],
      [1, 0, 3],
      [4, 0, 3],
    ]);
    net.kill(0);
    net.deliverAll();
    expect(net.alive.map(({ cluster }) => [cluster.leader, cluster.processes])).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('says of the shards of a lost process once that it was there', () => {
    const net = new ProcessNet([[0], [1, 2]]);
    const { cluster } = net.process(0);
    expect([cluster.lose(2), cluster.lose(1), cluster.lose(2), cluster.lose(7)]).toEqual([true, false, false, false]);
    expect(cluster.processes).toBe(1);
  });

  it('waits for the reports of all, and has nothing to do with those of another step', async () => {
    const net = newNet(3);
    const [first, second] = [agree(net.process(0)), agree(net.process(1))];
    const other = agree(net.process(2), 'another step');
    net.deliverAll();
    await settled();
    expect([first.verdict, second.verdict, other.verdict]).toEqual([null, null, null]);
    const third = agree(net.process(2));
    net.deliverAll();
    await settled();
    for (const { verdict } of [first, second, third]) expect(verdict).toEqual(reportsOf('step', 0, 1, 2));
    expect(other.verdict).toBeNull();
  });

  it('refuses to agree on the same step twice', () => {
    const net = newNet(2);
    agree(net.process(1));
    expect(() => agree(net.process(1))).toThrow('step is agreed on once');
  });

  it('ignores what a lost process says after its loss', async () => {
    const net = newNet(2);
    const agreed = agree(net.process(0));
    net.process(0).cluster.lose(1);
    agree(net.process(1));
    net.deliverAll();
    await settled();
    expect(agreed.verdict).toEqual(reportsOf('step', 0));
  });

  it('announces to all, which only the leader may, and passes requests to the leader', () => {
    const net = newNet(3);
    expect(() => net.process(1).cluster.announce({ phase: 'measure' })).toThrow('the leader announces');
    net.process(2).cluster.requestEnd('memory-limit');
    net.deliverAll();
    expect(net.processes.map(({ endRequests }) => endRequests)).toEqual([['memory-limit'], [], []]);
    net.process(0).cluster.announce({ phase: 'drain', endedBy: 'memory-limit' });
    net.deliverAll();
    for (const { announced } of net.processes) expect(announced).toEqual([{ phase: 'drain', endedBy: 'memory-limit' }]);
    net.kill(0);
    net.deliverAll();
    net.process(2).cluster.requestEnd('interrupt');
    net.deliverAll();
    expect(net.process(1).endRequests).toEqual(['interrupt']);
  });
});

describe('a leader that is lost', () => {
  it('before a report reaches it is replaced by the next one, which decides for those that are left', async () => {
    const net = newNet(4);
    const agreed = [1, 2, 3].map((name) => agree(net.process(name)));
    net.kill(0);
    net.deliverAll();
    await settled();
    for (const { verdict } of agreed) expect(verdict).toEqual(reportsOf('step', 1, 2, 3));
  });

  it('before the next one has come so far does not end the step without it', async () => {
    const net = newNet(3);
    const last = agree(net.process(2));
    net.deliverAll();
    net.kill(0);
    net.deliverAll();
    await settled();
    expect(last.verdict).toBeNull();
    const next = agree(net.process(1));
    net.deliverAll();
    await settled();
    for (const { verdict } of [last, next]) expect(verdict).toEqual(reportsOf('step', 1, 2));
  });

  it('after all have its verdict changes nothing', async () => {
    const net = newNet(3);
    const agreed = net.processes.map((process) => agree(process));
    net.deliverAll();
    net.kill(0);
    net.deliverAll();
    await settled();
    for (const { verdict } of agreed) expect(verdict).toEqual(reportsOf('step', 0, 1, 2));
  });

  /** The leader of four decides and is lost; only `heard` have its verdict. */
  function loseWhileTelling(heard: readonly number[]) {
    const net = newNet(4);
    const agreed = net.processes.map((process) => agree(process));
    for (const name of [1, 2, 3]) net.deliver(name, 0);
    expect([1, 2, 3].map((name) => net.pending(0, name))).toEqual([1, 1, 1]);
    net.kill(0, Object.fromEntries([1, 2, 3].map((name) => [name, heard.includes(name) ? 1 : 0])));
    return { net, agreed };
  }

  const subsets = [[], [1], [2], [3], [1, 2], [1, 3], [2, 3], [1, 2, 3]];

  it.each(subsets.map((heard) => ({ heard })))(
    'while it tells its verdict leaves all others with one and the same; heard by $heard',
    async ({ heard }) => {
      const { net, agreed } = loseWhileTelling(heard);
      net.deliverAll();
      await settled();
      const expected = heard.length > 0 ? reportsOf('step', 0, 1, 2, 3) : agreed[1]?.verdict;
      expect(expected?.map(([name]) => name)).toEqual(expect.arrayContaining([1, 2, 3]));
      for (const { verdict } of agreed.slice(1)) expect(verdict).toEqual(expected);
    },
  );

  it('leaves nobody without the verdict that reaches the next leader after the report of another', async () => {
    const { net, agreed } = loseWhileTelling([2]);
    // Process 3 notices the loss first and reports to process 1; then process 2 tells process 1 the verdict.
    net.deliver(0, 3);
    net.deliver(0, 1);
    net.deliver(3, 1);
    net.deliver(0, 2);
    net.deliver(0, 2);
    net.deliver(2, 1);
    net.deliverAll();
    await settled();
    for (const { verdict } of agreed.slice(1)) expect(verdict).toEqual(reportsOf('step', 0, 1, 2, 3));
  });

  it('leaves nobody without the verdict when the next leader notices the loss last of all', async () => {
    const { net, agreed } = loseWhileTelling([2]);
    net.deliver(0, 3);
    net.deliver(0, 2);
    net.deliver(0, 2);
    net.deliver(3, 1);
    net.deliver(2, 1);
    net.deliver(0, 1);
    net.deliverAll();
    await settled();
    for (const { verdict } of agreed.slice(1)) expect(verdict).toEqual(reportsOf('step', 0, 1, 2, 3));
  });

  it('with its verdict leaves the others to a new one', async () => {
    const { net, agreed } = loseWhileTelling([2]);
    net.kill(2, { 1: 0, 3: 0 });
    net.deliverAll();
    await settled();
    const expected = agreed[1]?.verdict;
    expect(expected?.map(([name]) => name)).toEqual(expect.arrayContaining([1, 3]));
    expect(agreed[3]?.verdict).toEqual(expected);
  });
});

describe('processes that agree step by step', () => {
  const STEPS = ['first', 'second', 'third'];

  /** Goes through all steps, each after the one before. */
  async function walk(process: Process, verdicts: Verdict[]): Promise<void> {
    for (const step of STEPS) {
      verdicts.push(await process.cluster.agree<string, Verdict>(step, `${step} of ${process.name}`, verdictOf));
    }
  }

  const anyShards = fc.constantFrom(
    [[0]],
    [[0], [1]],
    [[0, 1], [2]],
    [[0], [1], [2]],
    [[0, 3], [1, 2], [4]],
    [[0], [1], [2], [3]],
    [[0, 4], [1], [2, 5], [3]],
  );
  /** A process that ends: after so many events anybody, or the leader once it tells several others something. */
  const anyLoss = fc.record({
    afterEvents: fc.nat({ max: 60 }),
    victim: fc.constantFrom('anybody', 'leader', 'leader that tells'),
    /** How many texts of it still arrive, by process. */
    arriving: fc.array(fc.constantFrom(0, 0, 1, 2, 9), { minLength: 4, maxLength: 4 }),
  });
  const anyCase = fc.record({
    shards: anyShards,
    losses: fc.array(anyLoss, { maxLength: 3 }),
    seed: fc.integer(),
  });

  /** Lets all walk through the steps, and loses processes on the way; what each was told. */
  async function simulate({ shards, losses, seed }: typeof anyCase extends fc.Arbitrary<infer T> ? T : never) {
    const net = new ProcessNet(shards);
    const random = new Random(seed);
    const verdicts = new Map(net.processes.map(({ name }) => [name, [] as Verdict[]]));
    const idle = [...net.processes];
    const pending = [...losses];
    for (let event = 0, quiet = 0; quiet < 3; event++) {
      const leader = net.alive[0] as Process;
      const telling = net.busyLinks.filter(([from]) => from === leader.name).length >= 2;
      const due = pending.findIndex(
        ({ afterEvents, victim }) => event >= afterEvents && (victim !== 'leader that tells' || telling),
      );
      if (due >= 0 && net.alive.length > 1) {
        const [{ victim, arriving }] = pending.splice(due, 1) as [(typeof losses)[number]];
        const lost = victim === 'anybody' ? random.pick(net.alive) : leader;
        net.kill(lost.name, Object.fromEntries(net.processes.map(({ name }, i) => [name, arriving[i] ?? 0])));
        if (idle.includes(lost)) idle.splice(idle.indexOf(lost), 1);
      } else if (idle.length > 0 && random.chance(0.3)) {
        const [process] = idle.splice(random.integer(0, idle.length - 1), 1) as [Process];
        void walk(process, verdicts.get(process.name) as Verdict[]);
      } else if (net.busyLinks.length > 0) net.deliver(...random.pick(net.busyLinks));
      await settled();
      quiet = net.busyLinks.length === 0 && idle.length === 0 ? quiet + 1 : 0;
    }
    return net.alive.map(({ name }) => ({ name, verdicts: verdicts.get(name) as Verdict[] }));
  }

  it('all get the same verdict on each, with the reports of all that are left, whoever is lost and when', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (each) => {
        const left = await simulate(each);
        const [first] = left as [(typeof left)[number]];
        expect(first.verdicts).toHaveLength(STEPS.length);
        for (const { verdicts } of left) expect(verdicts).toEqual(first.verdicts);
        const names = left.map(({ name }) => name);
        STEPS.forEach((step, i) => {
          expect(first.verdicts[i]).toEqual(expect.arrayContaining(reportsOf(step, ...names)));
        });
      }),
      { seed: 11, numRuns: 600 },
    );
  });
});

describe('a text that is no message', () => {
  const texts = [
    '{',
    '',
    'null',
    '7',
    '[]',
    '{}',
    '{"kind":"toString"}',
    '{"kind":"report","data":null}',
    '{"kind":"report","step":7,"data":null}',
    '{"kind":"report","step":"step"}',
    '{"kind":"verdict","step":"step"}',
    '{"kind":"announce"}',
    '{"kind":"announce","announcement":null}',
    '{"kind":"announce","announcement":{"phase":"load"}}',
    '{"kind":"announce","announcement":{"phase":"drain"}}',
    '{"kind":"announce","announcement":{"phase":"drain","endedBy":"toString"}}',
    '{"kind":"end"}',
    '{"kind":"end","reason":"\\u001b[2J"}',
  ];

  it.each(texts)(
    'ends the measurement and fails what is agreed on, with one line that names the peer: %s',
    async (text) => {
      const net = new ProcessNet([[0], [1, 2]]);
      const { cluster, announced, endRequests } = net.process(0);
      const failures: unknown[] = [];
      cluster.agree('step', null, () => null).catch((error) => failures.push(error));
      cluster.receive(2, text);
      await settled();
      expect(failures).toEqual([expect.any(OperatingFault)]);
      const [fault] = failures as [OperatingFault];
      expect([fault.code, fault.exitStatus]).toEqual(['TRANSPORT', 5]);
      expect(fault.message).toMatch(
        /^the process of shard 2 sent a message that is none of dbtest: [ -~]{5,60}; see what runs at/,
      );
      expect([announced, endRequests]).toEqual([[{ phase: 'drain', endedBy: 'peer-lost' }], []]);
      await expect(cluster.agree('later', null, () => null)).rejects.toBe(fault);
    },
  );

  it('leaves what was agreed on before, and nothing that comes after it counts', async () => {
    const net = newNet(2);
    const [first, second] = [agree(net.process(0)), agree(net.process(1))];
    net.deliverAll();
    const { cluster, announced } = net.process(0);
    cluster.receive(1, 'null');
    cluster.receive(1, '{');
    cluster.receive(1, '{"kind":"end","reason":"interrupt"}');
    net.deliverAll();
    await settled();
    for (const { verdict } of [first, second]) expect(verdict).toEqual(reportsOf('step', 0, 1));
    expect([announced.length, net.process(0).endRequests]).toEqual([1, []]);
  });

  it('keeps a leader from deciding, also when its sender is gone', async () => {
    const net = newNet(3);
    const failed = expect(net.process(0).cluster.agree<string, Verdict>('step', '', verdictOf)).rejects.toThrow(
      'it is not JSON',
    );
    agree(net.process(2));
    net.deliverAll();
    net.process(0).cluster.receive(1, '{');
    net.process(0).cluster.lose(1);
    await failed;
    expect(net.pending(0, 2)).toBe(0);
  });

  it('is of no interest where it comes from a process that is lost', async () => {
    const net = newNet(2);
    const { cluster } = net.process(0);
    cluster.lose(1);
    cluster.receive(1, '{');
    expect(await cluster.agree('step', null, () => 'agreed')).toBe('agreed');
  });
});

describe('a leader that cannot decide', () => {
  it.each(['first', 'last'])('fails with what it throws, and tells no verdict, when it reports %s', async (place) => {
    const net = newNet(2);
    const other = place === 'first' ? null : agree(net.process(1));
    net.deliverAll();
    const failing = net.process(0).cluster.agree('step', null, () => {
      throw new OperatingFault('TRANSPORT', 5, 'a report does not decode');
    });
    const late = other ?? agree(net.process(1));
    const failed = expect(failing).rejects.toThrow('a report does not decode');
    net.deliverAll();
    await failed;
    expect([net.pending(0, 1), late.verdict]).toEqual([0, null]);
    net.kill(0);
    net.deliverAll();
    await settled();
    expect(late.verdict).toEqual(reportsOf('step', 1));
  });
});
