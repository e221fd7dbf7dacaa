/** Messages and outcomes in words, for traces. */
import {
  ABORT,
  ANSWER,
  ASK,
  COMMIT,
  COORDINATOR,
  DETAIL,
  HEARD,
  KNOWN,
  LAST,
  PARTICIPANTS,
  PREPARE,
  SEQUENCE,
  SLOT,
  STAMP,
} from '../shard/message-layout.ts';
import { FROM_WORKER, LINK_DOWN_TYPE, LOST_SHARD } from '../transport/envelope.ts';

/** By outcome of a transaction (`Outcome`). */
export const OUTCOME_NAMES = [
  'committed',
  'aborted by the user',
  'pending',
  'queued',
  'blocked',
  'failed',
  'failed by doubt',
] as const;

const NAMES = new Map([
  [PREPARE, 'PREPARE'],
  [ANSWER, 'ANSWER'],
  [COMMIT, 'COMMIT'],
  [ABORT, 'ABORT'],
  [PARTICIPANTS, 'PARTICIPANTS'],
  [ASK, 'ASK'],
  [KNOWN, 'KNOWN'],
  [HEARD, 'HEARD'],
  [LAST, 'LAST'],
]);
const VOTES = ['', 'yes', 'conflict', 'no memory', 'doubt'];
const OUTCOMES = ['unknown', 'commit', 'abort'];

/** A message whose payload starts at int32 element `at`. */
export function describeMessage(type: number, int32s: Int32Array, float64s: Float64Array, at: number): string {
  if (type === LINK_DOWN_TYPE) return `that shard ${int32s[at + LOST_SHARD]} cannot be reached`;
  const detail = int32s[at + DETAIL];
  const attempt = `attempt ${float64s[(at >> 1) + SEQUENCE]} of terminal ${int32s[at + SLOT]}`;
  const from = `from w${int32s[at + FROM_WORKER]}`;
  const name = NAMES.get(type) ?? `type ${type}`;
  switch (type) {
    case PREPARE:
      return `${name} ${from}: ${attempt}, kind ${detail}, stamp ${float64s[(at >> 1) + STAMP]}`;
    case ANSWER:
      return `${name} ${from}: ${VOTES[detail] ?? detail} to ${attempt}`;
    case ASK:
      return `${name} ${from}: ${attempt} of w${int32s[at + COORDINATOR]}`;
    case KNOWN:
      return `${name} ${from}: ${OUTCOMES[detail] ?? detail} for ${attempt} of w${int32s[at + COORDINATOR]}`;
    default:
      return `${name} ${from}: ${attempt}`;
  }
}
