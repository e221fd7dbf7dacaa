/**
 * The messages between coordinators and participants, as the payload of frames. The only place that knows where their
 * fields are. Offsets are in 8-byte words (W) or in int32 elements (I) from the start of the payload.
 *
 *   all        W0: int32 from worker, int32 to worker (transport/envelope.ts)   W1: float64 sequence   W2: int32 slot, int32 see below
 *   PREPARE    I5: kind   W3: float64 stamp, then the body
 *   ANSWER     I5: vote   W3: int32 outcomes heard from the coordinator, int32 epoch, then the body
 *   COMMIT, ABORT         I5: epoch
 *   PARTICIPANTS          I5: count   W3...: int32 workers, two a word
 *   ASK, KNOWN            I5 of KNOWN: the outcome   W3: int32 coordinator, whose sequence and slot these are, int32 epoch of the decision: from one
 *                         participant to another and back
 *   HEARD                 I5: question or reply   W3: int32 outcomes heard from the coordinator
 *   LAST                  nothing more: no transaction of this coordinator follows, and all decisions stand before it
 *
 * A sequence numbers the attempts of one coordinator; slot is the coordinator's place for the transaction, one attempt at a time.
 * An epoch is that of the sender, of the decision where one is told; 0 where nothing is made durable.
 */
import { FIRST_WORKER_TYPE } from '../transport/envelope.ts';
import { KNOWN_ABORT, KNOWN_COMMIT } from './outcomes.ts';

export const PREPARE = FIRST_WORKER_TYPE;
export const ANSWER = FIRST_WORKER_TYPE + 1;
export const COMMIT = FIRST_WORKER_TYPE + 2;
export const ABORT = FIRST_WORKER_TYPE + 3;
export const PARTICIPANTS = FIRST_WORKER_TYPE + 4;
export const ASK = FIRST_WORKER_TYPE + 5;
export const KNOWN = FIRST_WORKER_TYPE + 6;
export const HEARD = FIRST_WORKER_TYPE + 7;
export const LAST = FIRST_WORKER_TYPE + 8;

/** In float64 elements. */
export const SEQUENCE = 1;
export const STAMP = 3;
/** In int32 elements. */
export const SLOT = 4;
export const DETAIL = 5;
export const HEARD_COUNT = 6;
export const COORDINATOR = 6;
export const ANSWER_EPOCH = 7;
export const DECISION_EPOCH = 5;
export const KNOWN_EPOCH = 7;
export const FIRST_PARTICIPANT = 6;

/** Words before the body, or of the whole message. */
export const PREPARE_WORDS = 4;
export const ANSWER_WORDS = 4;
export const DECISION_WORDS = 3;
export const QUESTION_WORDS = 4;

/** Votes of an ANSWER. */
export const VOTE_YES = 1;
export const VOTE_CONFLICT = 2;
/** The participant has no memory left. */
export const VOTE_FAILED = 3;
/** The fragment needs what an undecided transaction of a lost coordinator holds. */
export const VOTE_DOUBT = 4;

/** Of a HEARD message. */
export const QUESTION = 0;
export const REPLY = 1;

/** Least words of each type, from PREPARE on. */
const LEAST_WORDS = [
  PREPARE_WORDS,
  ANSWER_WORDS,
  DECISION_WORDS,
  DECISION_WORDS,
  DECISION_WORDS,
  QUESTION_WORDS,
  QUESTION_WORDS,
  QUESTION_WORDS,
  DECISION_WORDS,
];

/** No clock comes so far by itself: years of the shortest epochs. Who sends a later one must not use up the numbers. */
const EPOCHS_END = 2 ** 30;

/** What can be in the messages that a worker gets. */
export interface MessageBounds {
  /** Of the cluster. */
  workers: number;
  /** Slots of the worker's own coordinator. */
  ownSlots: number;
  /** The most slots that a coordinator of the cluster has. */
  slotsMost: number;
}

/**
 * Whether there is such a type, and a message of it can be so short and have these fields; its body is not looked at. The
 * sender is taken for granted: who passes frames on has tested it. The payload starts at int32 element `at`.
 */
export function isWellFormed(
  type: number,
  int32s: Int32Array,
  float64s: Float64Array,
  at: number,
  payloadWords: number,
  bounds: MessageBounds,
): boolean {
  const place = type - FIRST_WORKER_TYPE;
  if (place < 0 || place >= LEAST_WORDS.length || payloadWords < LEAST_WORDS[place]) return false;
  const slots = type === ANSWER ? bounds.ownSlots : bounds.slotsMost;
  if (!isWhole(float64s[(at >> 1) + SEQUENCE]) || !isBelow(int32s[at + SLOT], slots)) return false;
  const detail = int32s[at + DETAIL];
  switch (type) {
    case PREPARE:
      return isWhole(float64s[(at >> 1) + STAMP]);
    case ANSWER:
      return detail >= VOTE_YES && detail <= VOTE_DOUBT && isBelow(int32s[at + ANSWER_EPOCH], EPOCHS_END);
    case COMMIT:
    case ABORT:
      return isBelow(int32s[at + DECISION_EPOCH], EPOCHS_END);
    case PARTICIPANTS:
      return areWorkers(int32s, at + FIRST_PARTICIPANT, detail, payloadWords, bounds.workers);
    case ASK:
      return isBelow(int32s[at + COORDINATOR], bounds.workers);
    case KNOWN:
      if (!isBelow(int32s[at + KNOWN_EPOCH], EPOCHS_END) || !isBelow(int32s[at + COORDINATOR], bounds.workers))
        return false;
      return detail === KNOWN_COMMIT || detail === KNOWN_ABORT;
    case HEARD:
      return detail === QUESTION || detail === REPLY;
    default:
      return true;
  }
}

const isBelow = (value: number, end: number): boolean => value >= 0 && value < end;

/** Not so for what is no number: every comparison with that is false. */
const isWhole = (value: number): boolean =>
  value >= 0 && value <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value;

function areWorkers(int32s: Int32Array, first: number, count: number, payloadWords: number, workers: number): boolean {
  if (!isBelow(count, workers + 1) || participantsWords(count) > payloadWords) return false;
  for (let i = 0; i < count; i++) if (!isBelow(int32s[first + i], workers)) return false;
  return true;
}

/** Words of a PARTICIPANTS message. */
export const participantsWords = (count: number): number => 3 + ((count + 1) >> 1);
