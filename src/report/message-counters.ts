/** What a shard's threads sent each other and waited for, in a few lines; dropped frames stand out. */
import type { RunResult, ShardResult } from '../bench/result.ts';
import { formatBytes, formatCount, formatFixed } from './format.ts';
import { labelled, paint, type ReportStyle, wrap } from './style.ts';

type Counters = ShardResult['counters'];
/** How one counter reads. */
type Reading = readonly [name: string, text: (value: number) => string];

const DROPS_BY = 'dropsBy_';

/** Lines of the counters that are present, each group in a line; none where the shard has none of them. */
export function renderMessageCounters(style: ReportStyle, counters: Counters): string[] {
  return describeCounters(counters).flatMap(({ label, text, doubtful }) => {
    const lines = labelled(style, label, text);
    return doubtful ? lines.map((line) => paint(style, 'doubtful', line)) : lines;
  });
}

/** The groups of counters that are present, each as one text. */
export function describeCounters(counters: Counters): { label: string; text: string; doubtful: boolean }[] {
  const groups: [label: string, clauses: string[]][] = [
    [
      'messages',
      [
        inAndOut(counters, 'frames', (value, noun) => `${formatCount(value)} ${noun}`),
        inAndOut(counters, 'bytes', (value) => formatBytes(value)),
        inAndOut(counters, 'batches', (value, noun) => `${formatCount(value)} ${noun}`),
        framesABatch(counters),
      ],
    ],
    [
      'connections',
      [
        phrase(counters, [
          ['connectionsAccepted', (value) => `${formatCount(value)} accepted`],
          ['connectionsRefused', (value) => `${formatCount(value)} refused`],
        ]),
      ],
    ],
    [
      'waits',
      [
        phrase(counters, [['parks', (value) => `${formatCount(value)} parks`]]),
        phrase(counters, [
          ['wakesSent', (value) => `${formatCount(value)} wakes sent`],
          ['wakesSuppressed', (value) => `${formatCount(value)} suppressed`],
        ]),
        phrase(counters, [['ringFullSpills', (value) => `${formatCount(value)} spills of a full ring`]]),
      ],
    ],
    [
      'fragments',
      [
        phrase(counters, [
          ['fragmentsExecuted', (value) => `${formatCount(value)} executed for others`],
          ['fragmentConflicts', (value) => `${formatCount(value)} met a conflict`],
        ]),
        phrase(counters, [['retriesMost', (value) => `at most ${formatCount(value)} retries of a transaction`]]),
        phrase(counters, [['inDoubt', (value) => `${formatCount(value)} in doubt`]]),
      ],
    ],
  ];
  const undecided = (counters['inDoubt'] ?? 0) > 0;
  return groups.flatMap(([label, clauses]) => {
    const text = clauses.filter((clause) => clause !== '').join('; ');
    return text === '' ? [] : [{ label, text, doubtful: undecided && label === 'fragments' }];
  });
}

/** A warning where frames were dropped, with the reasons; nothing in a healthy run. */
export function renderDrops(style: ReportStyle, counters: Counters): string[] {
  const text = describeDrops(counters);
  return text === null ? [] : wrap(style, text, '  ', '    ').map((line) => paint(style, 'bad', line));
}

/** How many frames were dropped and why; null for none. */
export function describeDrops(counters: Counters): string | null {
  const drops = counters['frameDropsTotal'] ?? 0;
  if (drops === 0) return null;
  const reasons = Object.entries(counters)
    .filter(([name, count]) => name.startsWith(DROPS_BY) && count > 0)
    .toSorted(([, left], [, right]) => right - left)
    .map(([name, count]) => `${inWords(name.slice(DROPS_BY.length))} ${formatCount(count)}`);
  const why = reasons.length === 0 ? '' : `: ${reasons.join(', ')}`;
  return `${formatCount(drops)} ${drops === 1 ? 'frame was' : 'frames were'} dropped${why}`;
}

/** Frames that the shards of this process dropped. */
export const droppedFrames = (result: RunResult): number =>
  result.shards.reduce((sum, { counters }) => sum + (counters['frameDropsTotal'] ?? 0), 0);

/** `peerLost`, `peer-lost` and `peer_lost` as people write them: `peer lost`. */
export const inWords = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[-_]+/g, ' ')
    .toLowerCase();

const phrase = (counters: Counters, readings: readonly Reading[]): string =>
  readings.flatMap(([name, text]) => (counters[name] === undefined ? [] : [text(counters[name])])).join(', ');

/** `3 frames in, 4 out` of the counters `framesIn` and `framesOut`; the noun is said once. */
function inAndOut(counters: Counters, stem: string, text: (value: number, noun: string) => string): string {
  const present = (['in', 'out'] as const).flatMap((way) => {
    const value = counters[`${stem}${way === 'in' ? 'In' : 'Out'}`];
    return value === undefined ? [] : [{ way, value }];
  });
  return present.map(({ way, value }, i) => `${text(value, i === 0 ? stem : '').trim()} ${way}`).join(', ');
}

/** How much batching saves, on the way out: that is where this shard decides. */
function framesABatch({ framesOut, batchesOut }: Counters): string {
  if (framesOut === undefined || batchesOut === undefined || batchesOut === 0) return '';
  return `${formatFixed(framesOut / batchesOut, 1)} frames a batch`;
}
