/**
 * What every frame of a worker has in common, for whoever passes frames on without knowing what they mean: the first
 * word of the payload says from which worker to which. Workers are numbered over the whole cluster.
 */

/** Int32 elements from the start of the payload. */
export const FROM_WORKER = 0;
export const TO_WORKER = 1;
/** The words that these take. */
export const ENVELOPE_WORDS = 1;

/** From a transport to each of its workers, behind everything that came over the link: it is lost. */
export const LINK_DOWN_TYPE = 1;
/** Int32 element of the shard that cannot be reached any more, in a LINK_DOWN frame of two words. */
export const LOST_SHARD = 2;
export const LINK_DOWN_WORDS = 2;
/** Who sends LINK_DOWN: no worker. */
export const NO_WORKER = -1;

/** Types of frames between workers. */
export const FIRST_WORKER_TYPE = 16;
export const LAST_WORKER_TYPE = 255;
