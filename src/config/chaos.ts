/**
 * Trouble on purpose as text, and what it comes to: `pause:worker=1,for=200ms,every=2s`. Several events stand in one text
 * with commas between them, since each begins with a word and a colon. Times count from the start of the measurement.
 */
import { parseDuration } from './durations.ts';
import { parseDecimal, parseWholeNumber } from './numbers.ts';
import { shownText } from './shown.ts';
import { suggestion } from './suggest.ts';

/** When something happens: once, at regular distances, or at random with a mean rate. */
export type ChaosTimes =
  | { kind: 'at'; atMs: number }
  | { kind: 'every'; everyMs: number }
  | { kind: 'rate'; timesPerSecond: number };

/** Each frame by itself, with this probability. */
export type ChaosChance = { kind: 'chance'; chancePct: number };

/** One entry of `--chaos`; `text` is how the user wrote it. */
export type ChaosEvent =
  /** A worker's thread stands still. `worker` is its number in the cluster (shard x threads + index); null for each. */
  | { kind: 'pause'; text: string; worker: number | null; pauseMs: number; times: ChaosTimes }
  /**
   * A frame that arrives at a worker waits there, and so do those behind it on the same way. `shardId` is the receiver's;
   * null for each. With times, it is the next frame that arrives at the worker.
   */
  | { kind: 'delay'; text: string; shardId: number | null; delayMs: number; times: ChaosTimes | ChaosChance }
  /** The process that was given this ends itself, as a crash would. */
  | { kind: 'kill'; text: string; atMs: number }
  /** A shard's transport breaks its links and takes no others. */
  | { kind: 'stop'; text: string; shardId: number; atMs: number };

/** Events, or what is wrong with the text and what there is. */
export type ParsedChaos = { events: ChaosEvent[] } | { problem: string };

/** What a message says is accepted. */
export const CHAOS_FORMS =
  'pause:worker[=N],for=TIME,(at=TIME | every=TIME | rate=TIMES-A-SECOND); ' +
  'delay:frames[,shard=N],for=TIME,(chance=P% | at=TIME | every=TIME | rate=TIMES-A-SECOND); ' +
  'kill:process,at=TIME; stop:transport=N,at=TIME';

/** By kind: what it is done to, and the keys that it takes. */
const KINDS = {
  pause: { target: 'worker', keys: ['worker', 'for', 'at', 'every', 'rate'] },
  delay: { target: 'frames', keys: ['shard', 'for', 'chance', 'at', 'every', 'rate'] },
  kill: { target: 'process', keys: ['at'] },
  stop: { target: 'transport', keys: ['transport', 'at'] },
} as const;
type Kind = keyof typeof KINDS;

const KIND_NAMES = Object.keys(KINDS) as Kind[];
const TIMES_KEYS = ['at', 'every', 'rate'] as const;

/** A day: longer than any trouble that is still one. */
const LONGEST_MS = 24 * 3600 * 1000;
const SHORTEST_MS = 0.1;
const HIGHEST_RATE = 10_000;
const HIGHEST_NUMBER = 1_000_000;

/** Becomes the problem of a `ParsedChaos`. */
class Refusal extends Error {}

/** @param text as given to one `--chaos` */
export function parseChaos(text: string): ParsedChaos {
  try {
    return { events: splitEvents(text).map(parseEvent) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { problem: error.message };
  }
}

/** A comma before a word with a colon ends an event. */
const splitEvents = (text: string): string[] => text.split(/,(?=[^,=:]*:)/).map((part) => part.trim());

function parseEvent(text: string): ChaosEvent {
  const colon = text.indexOf(':');
  const word = colon < 0 ? text : text.slice(0, colon);
  const kind = KIND_NAMES.find((name) => name === word);
  if (kind === undefined) {
    throw new Refusal(`${shownText(word)} is no kind of trouble${hint(word, KIND_NAMES)}there is ${CHAOS_FORMS}`);
  }
  if (colon < 0) throw new Refusal(`${shownText(text)} lacks what it is done to; there is ${CHAOS_FORMS}`);
  const fields = readFields(kind, text, text.slice(colon + 1));
  switch (kind) {
    case 'pause':
      return { kind, text, worker: fields.number('worker'), pauseMs: fields.time('for'), times: fields.times() };
    case 'delay':
      return { kind, text, shardId: fields.number('shard'), delayMs: fields.time('for'), times: fields.delayTimes() };
    case 'kill':
      return { kind, text, atMs: fields.time('at', 0) };
    case 'stop': {
      const shardId = fields.number('transport');
      if (shardId === null) throw fields.refusal('it does not say which; give stop:transport=N, N is its shard');
      return { kind, text, shardId, atMs: fields.time('at', 0) };
    }
  }
}

/** `worker=1,for=200ms` behind the colon; the target comes first. */
function readFields(kind: Kind, text: string, rest: string): Fields {
  const { target, keys } = KINDS[kind];
  const values = new Map<string, string>();
  const fields = new Fields(text, values);
  rest.split(',').forEach((part, place) => {
    const [key = '', value, ...more] = part.split('=').map((piece) => piece.trim());
    if (place === 0 && key !== target) {
      throw fields.refusal(`${shownText(key)} is nothing to ${kind}; ${kind} begins with ${kind}:${target}`);
    }
    if (place === 0 && value === undefined) return;
    if (!(keys as readonly string[]).includes(key)) {
      throw fields.refusal(`${shownText(key)} is unknown${hint(key, keys)}${kind} takes ${listed(keys)}`);
    }
    if (value === undefined || value === '' || more.length > 0) {
      throw fields.refusal(`${shownText(part)} is no ${key}=VALUE; give one`);
    }
    if (values.has(key)) throw fields.refusal(`${key} is given twice; give it once`);
    values.set(key, value);
  });
  return fields;
}

/** The values of one event as the types that it needs. */
class Fields {
  private readonly text: string;
  private readonly values: ReadonlyMap<string, string>;

  constructor(text: string, values: ReadonlyMap<string, string>) {
    this.text = text;
    this.values = values;
  }

  refusal(problem: string): Refusal {
    return new Refusal(`${shownText(this.text)}: ${problem}`);
  }

  number(key: string): number | null {
    const value = this.values.get(key);
    if (value === undefined) return null;
    const number = parseWholeNumber(value);
    if (number !== null && number >= 0 && number <= HIGHEST_NUMBER) return number;
    throw this.refusal(`${key} is ${shownText(value)}; give a whole number, 0 or more`);
  }

  /** Milliseconds. */
  time(key: string, lowMs = SHORTEST_MS): number {
    const value = this.values.get(key);
    if (value === undefined) throw this.refusal(`${key} is missing; give ${key}=TIME`);
    const ms = (parseDuration(value) ?? Number.NaN) * 1000;
    if (ms >= lowMs && ms <= LONGEST_MS) return ms;
    const least = lowMs === 0 ? '' : `, at least ${lowMs}ms`;
    throw this.refusal(`${key} is ${shownText(value)}; give a time such as 5ms, 2s or 1m${least} and at most 24h`);
  }

  times(): ChaosTimes {
    return this.timesBy(this.onlyOneOf(TIMES_KEYS));
  }

  delayTimes(): ChaosTimes | ChaosChance {
    const key = this.onlyOneOf(['chance', ...TIMES_KEYS]);
    if (key !== 'chance') return this.timesBy(key);
    return { kind: key, chancePct: this.decimal(key, '%', 100, 'a share of the frames such as 1% or 0.5%') };
  }

  private onlyOneOf<Key extends string>(choices: readonly Key[]): Key {
    const [key, ...others] = choices.filter((each) => this.values.has(each));
    const advice = `give one of ${listed(choices)}`;
    if (key === undefined) throw this.refusal(`it does not say when; ${advice}`);
    if (others.length > 0) throw this.refusal(`${listed([key, ...others])} exclude each other; ${advice}`);
    return key;
  }

  private timesBy(key: ChaosTimes['kind']): ChaosTimes {
    switch (key) {
      case 'at':
        return { kind: key, atMs: this.time(key, 0) };
      case 'every':
        return { kind: key, everyMs: this.time(key, 1) };
      case 'rate':
        return { kind: key, timesPerSecond: this.decimal(key, '', HIGHEST_RATE, 'a number of times a second') };
    }
  }

  private decimal(key: string, unit: string, high: number, accepted: string): number {
    const value = this.values.get(key) as string;
    const number = value.endsWith(unit) ? parseDecimal(value.slice(0, value.length - unit.length)) : null;
    if (number !== null && number > 0 && number <= high) return number;
    throw this.refusal(`${key} is ${shownText(value)}; give ${accepted}, above 0 and at most ${high}${unit}`);
  }
}

const listed = (words: readonly string[]): string => words.join(', ');

/** `; did you mean X? ` or `; `: something more follows in either case. */
const hint = (word: string, words: readonly string[]): string => `${suggestion(word, words, ';')} `;
