/** What the main threads of processes say to each other: agreement messages, and partial checks as text. */
import { Cluster } from '../../../src/bench/cluster.ts';
import { decodePartial, encodePartial } from '../../../src/bench/partial-codec.ts';
import { check, type FuzzTarget, type OpenTarget, valueOrFault } from '../fuzz-target.ts';

/** Bits of the first byte: this process leads; lines that are no JSON are passed on, too. Messages follow, one a line. */
const LEADS = 1;
const HAS_GARBAGE = 2;

const MESSAGES = [
  '{"kind":"report","step":"loaded","data":null}',
  '{"kind":"verdict","step":"loaded","data":null}',
  '{"kind":"report","step":"findings","data":{"conditions":[],"sums":{"W":{"keys":"AAAAAAAA8D8=","values":"AAAAAAAA8D8="}}}}',
  '{"kind":"announce","announcement":{"phase":"measure"}}',
  '{"kind":"announce","announcement":{"phase":"drain","endedBy":"runtime"}}',
  '{"kind":"end","reason":"interrupt"}',
];

const TEXTS_MAX = 1_000;

function execute(input: Uint8Array): void {
  const leads = ((input[0] ?? 0) & LEADS) !== 0;
  const sent: { toShard: number; text: string }[] = [];
  const peers = leads
    ? [
        { shardId: 1, localShardIds: [1, 2] },
        { shardId: 2, localShardIds: [1, 2] },
      ]
    : [{ shardId: 0, localShardIds: [0] }];
  const cluster = new Cluster([leads ? 0 : 3], peers, (toShard, text) => sent.push({ toShard, text }), {
    announced: (announcement) => {
      check(announcement.phase === 'measure' || announcement.phase === 'drain', 'something unknown is announced');
    },
    endRequested: (reason) => check(typeof reason === 'string', 'the reason of an end is no text'),
  });
  const partials: unknown[] = [];
  void cluster.agree('loaded', null, () => null);
  void cluster.agree('findings', { conditions: [], sums: {} }, (reports) => {
    partials.push(...reports.values());
    return null;
  });
  const hasGarbage = ((input[0] ?? 0) & HAS_GARBAGE) !== 0;
  const lines = Buffer.from(input.subarray(1))
    .toString('utf8')
    .split('\n')
    .filter((line) => hasGarbage || isJson(line));
  const failures: unknown[] = [];
  for (const [i, line] of lines.entries()) {
    try {
      valueOrFault(() => cluster.receive(leads ? 1 + (i % 2) : 0, line));
    } catch (error) {
      failures.push(error);
    }
  }
  check(sent.length <= TEXTS_MAX + 4 * lines.length, 'it answers without end');
  for (const { text } of sent) check(typeof JSON.parse(text).kind === 'string', 'it sends what is no message');
  for (const partial of partials) checkPartial(partial as Parameters<typeof decodePartial>[0]);
  cluster.lose(leads ? 2 : 0);
  if (failures.length > 0) throw failures[0];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function checkPartial(encoded: Parameters<typeof decodePartial>[0]): void {
  const partial = valueOrFault(() => decodePartial(encoded));
  if (partial === null) return;
  const again = decodePartial(encodePartial(partial));
  for (const [name, { keys, values }] of Object.entries(partial.sums)) {
    const other = again.sums[name];
    const isSame = other !== undefined && Buffer.from(keys.buffer).equals(Buffer.from(other.keys.buffer));
    check(
      isSame && Buffer.from(values.buffer).equals(Buffer.from(other.values.buffer)),
      'a partial check is sent as another',
    );
  }
}

export const AGREEMENT: FuzzTarget = {
  name: 'agreement',
  describe: 'Cluster.receive and decodePartial: what other processes report',
  bytesMax: 4_096,
  dictionary: [
    ...MESSAGES.map((message) => `\n${message}`),
    '"step":"',
    '"kind":"',
    '"data":',
    '__proto__',
    'null',
    '{}',
    '[]',
    '"conditions":[]',
    '"sums":{',
  ],
  guidedBy: /\/src\/bench\//,
  knownFailures: [
    {
      pattern: /^SyntaxError in Cluster.receive/,
      reason: 'a text that is no JSON stops the process',
    },
    {
      pattern:
        /^TypeError: .* in Cluster.receive|^PropertyViolation: (something unknown is announced|the reason of an end)/,
      reason: 'a message without its fields, or with others, is taken as it is, or stops the process',
    },
    {
      pattern: /^(RangeError|TypeError): .* in (numbersOf|decodePartial|.*src.bench.partial-codec)/,
      reason: 'a partial check that does not decode stops the process',
    },
  ],
  seeds: () => [0, LEADS, HAS_GARBAGE].flatMap((flags) => [`${String.fromCharCode(flags)}${MESSAGES.join('\n')}`]),
  open: async (): Promise<OpenTarget> => ({ execute, close: async () => {} }),
};
