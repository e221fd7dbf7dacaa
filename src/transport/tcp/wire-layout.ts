/**
 * What lies on a connection between two transports after the handshake, apart from how it is used. A stream of frames,
 * all numbers little-endian:
 *
 *   int32 length in bytes, these eight included, a multiple of 8     int32 type     payload
 *
 *   FIRST_WORKER_TYPE to LAST_WORKER_TYPE   a frame from one worker to another, its payload as in the ring
 *   HEARTBEAT     nothing                   the sender is alive though it has nothing to say
 *   GOODBYE       nothing                   the last frame: the connection ends in order
 *   CONTROL       word 0: int32 bytes of text, int32 1 when more of the same text follows; then the text (UTF-8), with
 *                 zeros up to a whole word. From main thread to main thread; long texts go in pieces.
 *
 * Types below FIRST_WORKER_TYPE are the transport's own and never come from a worker.
 */
import { WORD_BYTES } from '../ring-layout.ts';

export const FRAME_HEADER_BYTES = 8;

/** 1 is LINK_DOWN_TYPE, which stays within a process. */
export const HEARTBEAT = 2;
export const CONTROL = 3;
export const GOODBYE = 4;

/** Int32 elements of a CONTROL payload. */
export const CONTROL_TEXT_BYTES = 0;
export const CONTROL_HAS_MORE = 1;
/** The words that these take. */
export const CONTROL_HEADER_WORDS = 1;
/** Every piece of a text but the last: short enough that frames of workers do not wait long behind it. */
export const CONTROL_PIECE_BYTES = 65_536;

/** The words that a piece of text takes. */
export const textWords = (sizeBytes: number): number => Math.ceil(sizeBytes / WORD_BYTES);
