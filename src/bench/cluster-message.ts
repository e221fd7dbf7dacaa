/** What the main threads of the processes of a run say to each other, as texts of JSON. */
import type { EndedBy } from './result.ts';

/** What a leader tells all at once. */
export type Announcement = { phase: 'measure' } | { phase: 'drain'; endedBy: string };

/** Reports and verdicts are plain data of whoever agrees. */
export type ClusterMessage =
  | { kind: 'report'; step: string; data: unknown }
  | { kind: 'verdict'; step: string; data: unknown }
  | { kind: 'announce'; announcement: Announcement }
  | { kind: 'end'; reason: string }
  /** Every epoch up to this is durable in the sender's shards; `tick` is the one that is open there. */
  | { kind: 'durable'; epoch: number; tick: number };

/** Reports show the reason, so that it may not be any text. */
const END_REASONS: Readonly<Record<EndedBy, true>> = {
  runtime: true,
  interrupt: true,
  'memory-limit': true,
  'peer-lost': true,
  'disk-error': true,
  'connection-lost': true,
  'database-error': true,
};

type Fields = Readonly<Record<string, unknown>>;

/** @returns the message, or in half a sentence why the text is none */
export function readClusterMessage(text: string): ClusterMessage | string {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  if (!isObject(message)) return 'it is no object';
  switch (message['kind']) {
    case 'report':
    case 'verdict':
      return typeof message['step'] === 'string' && 'data' in message
        ? (message as unknown as ClusterMessage)
        : `a ${message['kind']} has a step and data`;
    case 'announce':
      return isAnnouncement(message['announcement'])
        ? (message as unknown as ClusterMessage)
        : 'there is no such phase to announce';
    case 'durable':
      return isEpoch(message['epoch']) && isEpoch(message['tick'])
        ? (message as unknown as ClusterMessage)
        : 'a durable epoch is a whole number';
    case 'end':
      return isEndReason(message['reason'])
        ? (message as unknown as ClusterMessage)
        : 'there is no such reason for an end';
    default:
      return 'it is of no kind that there is';
  }
}

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** No clock comes so far by itself; who says so must not use up the numbers. */
const EPOCHS_END = 2 ** 30;

const isEpoch = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < EPOCHS_END;

const isEndReason = (value: unknown): boolean => typeof value === 'string' && Object.hasOwn(END_REASONS, value);

const isAnnouncement = (value: unknown): boolean =>
  isObject(value) && (value['phase'] === 'measure' || (value['phase'] === 'drain' && isEndReason(value['endedBy'])));
