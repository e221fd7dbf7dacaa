/** The program of a worker in the model of park and wake: where it can stand, and how it can be got wrong. */

/** Ways to get it wrong; the explorer must notice each. */
export const MUTATIONS = [
  'sleep without looking again',
  'look again before announcing',
  'look at the doorbell before publishing',
  'wake without changing the word',
  'overtake the backlog',
  'sleep without looking again for room',
  'sleep with a backlog on frames alone',
  'release without ringing for room',
  'look at the doorbell before releasing',
  'read after releasing',
] as const;
export type Mutation = (typeof MUTATIONS)[number];

/** Where a worker stands: numbers, since the explorer's states are made of them. */
export const SEND = 0;
export const REFILL = 1;
export const PUBLISH = 2;
export const LOOK = 3;
export const TAKE = 4;
export const WAKE = 5;
export const NEXT = 6;
export const RELEASE = 7;
export const LOOK_ROOM = 8;
export const TAKE_ROOM = 9;
export const WAKE_ROOM = 10;
export const READ_LATE = 11;
export const ANNOUNCE = 12;
export const LOOK_AGAIN = 13;
export const LOOK_AGAIN_ROOM = 14;
export const FALL_ASLEEP = 15;
export const ASLEEP = 16;
export const GET_UP = 17;
export const DONE = 18;

/** What a worker is about to do, for the trace. */
export const STEP_NAMES = [
  'send',
  'refill',
  'publish',
  'look',
  'take',
  'wake',
  'next',
  'release',
  'look (room)',
  'take (room)',
  'wake (room)',
  'read late',
  'announce',
  'look again',
  'look again for room',
  'fall asleep',
  'asleep',
  'get up',
  'done',
] as const;
