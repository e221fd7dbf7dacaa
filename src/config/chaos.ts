/**
 * Trouble on purpose, as `--chaos` says it: events with a comma between them, each `KIND:FIELD,FIELD,...`. Runs on the main
 * thread before anything starts; the events are plain data that workers get with the configuration. It knows one event at a
 * time: whether it fits the shards of the run is looked at in `chaos-fit.ts`. Times count from the start of the measurement.
 */
import { type OperatingFault, usageFault } from '../errors.ts';
import { DURATION_FORMS, parseDuration } from './durations.ts';
import { parseDecimal, parseWholeNumber } from './numbers.ts';
import { shownText } from './shown.ts';
import { suggestion } from './suggest.ts';

/** A worker stands still, with the locks and messages that it has. `text` is the event as it was given. */
export interface PauseEvent {
  kind: 'pause';
  text: string;
  /** Number in the cluster: shard x threads + index; null is every worker of the process. */
  worker: number | null;
  forMs: number;
  /** The first time; null where there is only a period or a rate. */
  atMs: number | null;
  everyMs: number | null;
  /** At random times; null where they are stated. */
  perSecond: number | null;
}

/** Frames that have arrived wait at the receiving worker, whatever carried them, in their order. */
export interface DelayEvent {
  kind: 'delay';
  text: string;
  /** Of the receiving workers; null is every shard of the process. */
  shardId: number | null;
  forMs: number;
  /** 0..1, of each batch that a worker finds. */
  chance: number;
}

/** The process ends itself with SIGKILL. */
export interface KillEvent {
  kind: 'kill';
  text: string;
  atMs: number;
}

/** All links of a shard's transport break without a goodbye. */
export interface StopEvent {
  kind: 'stop';
  text: string;
  shardId: number;
  atMs: number;
}

export type ChaosEvent = PauseEvent | DelayEvent | KillEvent | StopEvent;

/** By kind: the form that messages and the help show, and the fields in it, the first one directly behind the colon. */
const KINDS = {
  pause: {
    form: 'pause:worker=N|all,for=TIME with at=TIME, every=TIME or rate=PER_SECOND',
    fields: ['worker', 'for', 'at', 'every', 'rate'],
  },
  delay: { form: 'delay:frames,for=TIME,chance=P% with shard=N or without', fields: ['frames', 'for', 'chance', 'shard'] },
  kill: { form: 'kill:process,at=TIME', fields: ['process', 'at'] },
  stop: { form: 'stop:transport=SHARD,at=TIME', fields: ['transport', 'at'] },
} as const;

type Kind = keyof typeof KINDS;
const KIND_NAMES = Object.keys(KINDS) as Kind[];
/** Fields without a value. */
const WORDS: readonly string[] = ['frames', 'process'];

const LONGEST_MS = 7 * 24 * 3600 * 1000;
const HIGHEST_RATE = 1000;

/** What there is, for messages. */
export const CHAOS_FORMS = KIND_NAMES.map((kind) => KINDS[kind].form).join('; ');

/** @throws OperatingFault (exit status 2) that names the event and what it may hold */
export function parseChaos(text: string): ChaosEvent[] {
  const items = text.split(',').map((item) => item.trim());
  const texts: string[] = [];
  for (const item of items) {
    if (texts.length === 0 || item.includes(':')) texts.push(item);
    else texts[texts.length - 1] += `,${item}`;
  }
  return texts.map(parseEvent);
}

function parseEvent(text: string): ChaosEvent {
  const at = text.indexOf(':');
  const kind = at < 0 ? text.split(',')[0] : text.slice(0, at);
  const known = KIND_NAMES.find((name) => name === kind);
  if (known === undefined) {
    const hint = suggestion(kind, KIND_NAMES, '');
    throw usageFault(`--chaos: ${shownText(kind)} is no kind of trouble${hint}; there is ${CHAOS_FORMS}`);
  }
  return new EventFields(known, text, at < 0 ? '' : text.slice(at + 1)).event();
}

/** The fields of one event, each read with its type checked. */
class EventFields {
  private readonly kind: Kind;
  private readonly text: string;
  private readonly values = new Map<string, string>();

  constructor(kind: Kind, text: string, body: string) {
    this.kind = kind;
    this.text = text;
    const known: readonly string[] = KINDS[kind].fields;
    for (const item of body === '' ? [] : body.split(',')) {
      const equals = item.indexOf('=');
      const name = equals < 0 ? item : item.slice(0, equals);
      if (!known.includes(name)) throw this.refusal(`there is no field ${shownText(name)}`);
      if (this.values.has(name)) throw this.refusal(`${name} is given twice`);
      if (WORDS.includes(name) !== equals < 0) {
        throw this.refusal(equals < 0 ? `${name} lacks its value` : `${name} takes no value`);
      }
      this.values.set(name, equals < 0 ? '' : item.slice(equals + 1));
    }
    const [first] = known;
    if (!this.values.has(first as string)) throw this.refusal(`${first} is missing`);
  }

  event(): ChaosEvent {
    const { kind, text } = this;
    switch (kind) {
      case 'pause':
        return { kind, text, worker: this.worker(), forMs: this.durationMs('for'), ...this.times() };
      case 'delay': {
        const shardId = this.values.has('shard') ? this.wholeNumber('shard') : null;
        return { kind, text, shardId, forMs: this.durationMs('for'), chance: this.chance() };
      }
      case 'kill':
        return { kind, text, atMs: this.timeMs('at') };
      case 'stop':
        return { kind, text, shardId: this.wholeNumber('transport'), atMs: this.timeMs('at') };
    }
  }

  private times(): Pick<PauseEvent, 'atMs' | 'everyMs' | 'perSecond'> {
    const { values } = this;
    if (!values.has('at') && !values.has('every') && !values.has('rate')) {
      throw this.refusal('it does not say when: at, every or rate is missing');
    }
    if (values.has('rate') && (values.has('at') || values.has('every'))) {
      throw this.refusal('rate is for random times, at and every for stated ones');
    }
    return {
      atMs: values.has('at') ? this.timeMs('at') : null,
      everyMs: values.has('every') ? this.durationMs('every') : null,
      perSecond: values.has('rate') ? this.rate() : null,
    };
  }

  private worker(): number | null {
    return this.values.get('worker') === 'all' ? null : this.wholeNumber('worker');
  }

  private wholeNumber(name: string): number {
    const value = parseWholeNumber(this.required(name));
    if (value === null || value < 0) throw this.unaccepted(name, 'a whole number from 0');
    return value;
  }

  /** More than nothing. */
  private durationMs(name: string): number {
    const value = this.timeMs(name);
    if (value < 1) throw this.unaccepted(name, 'at least 1ms');
    return value;
  }

  private timeMs(name: string): number {
    const seconds = parseDuration(this.required(name));
    if (seconds === null || seconds < 0 || seconds * 1000 > LONGEST_MS) throw this.unaccepted(name, DURATION_FORMS);
    return seconds * 1000;
  }

  private rate(): number {
    const value = parseDecimal(this.required('rate'));
    if (value === null || value <= 0 || value > HIGHEST_RATE) {
      throw this.unaccepted('rate', `events a second, above 0 and up to ${HIGHEST_RATE}`);
    }
    return value;
  }

  private chance(): number {
    const text = this.required('chance');
    const percent = text.endsWith('%') ? parseDecimal(text.slice(0, -1)) : null;
    if (percent === null || percent <= 0 || percent > 100) throw this.unaccepted('chance', 'a share such as 1%');
    return percent / 100;
  }

  private required(name: string): string {
    const value = this.values.get(name);
    if (value === undefined) throw this.refusal(`${name} is missing`);
    return value;
  }

  private unaccepted(name: string, accepted: string): OperatingFault {
    return this.refusal(`${name} is ${shownText(this.values.get(name) ?? '')}; give ${accepted}`);
  }

  private refusal(problem: string): OperatingFault {
    return usageFault(`--chaos: ${shownText(this.text)}: ${problem}; the form is ${KINDS[this.kind].form}`);
  }
}
