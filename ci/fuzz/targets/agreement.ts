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

const END_REASONS = ['runtime', 'interrupt', 'memory-limit', 'peer-lost'];
const TEXTS_MAX = 1_000;

async function execute(input: Uint8Array): Promise<void> {
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
      const isKnown = announcement.phase === 'measure' || END_REASONS.includes(announcement.endedBy);
      check(isKnown && ['measure', 'drain'].includes(announcement.phase), 'something unknown is announced');
    },
    endRequested: (reason) => check(END_REASONS.includes(reason), 'an end has a reason that there is not'),
    durable: (_, epoch, tick) => check(epoch >= 0 && tick >= 0, 'an epoch is none'),
  });
  const partials: unknown[] = [];
  const rejections: unknown[] = [];
  const agreed = [
    cluster.agree('loaded', null, () => null),
    cluster.agree('findings', { conditions: [], sums: {} }, (reports) => {
      partials.push(...reports.values());
      return null;
    }),
  ];
  for (const each of agreed) each.catch((error) => rejections.push(error));
  const hasGarbage = ((input[0] ?? 0) & HAS_GARBAGE) !== 0;
  const lines = Buffer.from(input.subarray(1))
    .toString('utf8')
    .split('\n')
    .filter((line) => hasGarbage || isJson(line));
  for (const [i, line] of lines.entries()) cluster.receive(leads ? 1 + (i % 2) : 0, line);
  check(sent.length <= TEXTS_MAX + 4 * lines.length, 'it answers without end');
  for (const { text } of sent) check(typeof JSON.parse(text).kind === 'string', 'it sends what is no message');
  for (const partial of partials) checkPartial(partial);
  cluster.lose(leads ? 2 : 0);
  // Rejections are told in a turn of their own.
  await Promise.resolve();
  for (const error of rejections) {
    valueOrFault(() => {
      throw error;
    });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function checkPartial(encoded: unknown): void {
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
  knownFailures: [],
  seeds: () => [0, LEADS, HAS_GARBAGE].flatMap((flags) => [`${String.fromCharCode(flags)}${MESSAGES.join('\n')}`]),
  open: async (): Promise<OpenTarget> => ({ execute, close: async () => {} }),
};
