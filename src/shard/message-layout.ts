/**
 * The messages between coordinators and participants, as the payload of frames. The only place that knows where their
 * fields are. Offsets are in 8-byte words (W) or in int32 elements (I) from the start of the payload.
 *
 *   all        W0: int32 from worker, int32 to worker (transport/envelope.ts)   W1: float64 sequence   W2: int32 slot, int32 see below
 *   PREPARE    I5: kind   W3: float64 stamp, then the body
 *   ANSWER     I5: vote   W3: int32 outcomes heard from the coordinator, int32 unused, then the body
 *   COMMIT, ABORT         nothing more
 *   PARTICIPANTS          I5: count   W3...: int32 workers, two a word
 *   ASK, KNOWN            I5 of KNOWN: the outcome   W3: int32 coordinator, whose sequence and slot these are: from one participant to another and back
 *   HEARD                 I5: question or reply   W3: int32 outcomes heard from the coordinator
 *
 * A sequence numbers the attempts of one coordinator; slot is the coordinator's place for the transaction, one attempt at a time.
 */
import { FIRST_WORKER_TYPE } from '../transport/envelope.ts';

export const PREPARE = FIRST_WORKER_TYPE;
export const ANSWER = FIRST_WORKER_TYPE + 1;
export const COMMIT = FIRST_WORKER_TYPE + 2;
export const ABORT = FIRST_WORKER_TYPE + 3;
export const PARTICIPANTS = FIRST_WORKER_TYPE + 4;
export const ASK = FIRST_WORKER_TYPE + 5;
export const KNOWN = FIRST_WORKER_TYPE + 6;
export const HEARD = FIRST_WORKER_TYPE + 7;

/** In float64 elements. */
export const SEQUENCE = 1;
export const STAMP = 3;
/** In int32 elements. */
export const SLOT = 4;
export const DETAIL = 5;
export const HEARD_COUNT = 6;
export const COORDINATOR = 6;
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
];

/** Whether there is such a type, and a message of it can be so short. */
export function isWellFormed(type: number, payloadWords: number): boolean {
  const place = type - FIRST_WORKER_TYPE;
  return place >= 0 && place < LEAST_WORDS.length && payloadWords >= LEAST_WORDS[place];
}

/** Words of a PARTICIPANTS message. */
export const participantsWords = (count: number): number => 3 + ((count + 1) >> 1);
