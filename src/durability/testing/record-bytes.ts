/** Records as tests hand them to a log without a ring. */
import type { WriteSet } from '../../engine/write-set.ts';
import { RECORD_EPOCH, RECORD_HEADER_WORDS, RECORD_TYPE, RECORD_TYPE_AT, RECORD_WORDS } from '../log-layout.ts';
import type { RedoEncoder } from '../redo-encoder.ts';
import { WORD_BYTES } from '../redo-layout.ts';

/** The record of a write set that commits in this epoch. */
export function recordBytes(encoder: RedoEncoder, writeSet: WriteSet, epoch: number): Uint8Array {
  const words = RECORD_HEADER_WORDS + encoder.measure(writeSet);
  const buffer = new ArrayBuffer(words * WORD_BYTES);
  const float64s = new Float64Array(buffer);
  const int32s = new Int32Array(buffer);
  const bytes = new Uint8Array(buffer);
  int32s[RECORD_WORDS] = words;
  int32s[RECORD_TYPE_AT] = RECORD_TYPE;
  float64s[RECORD_EPOCH] = epoch;
  encoder.encode(writeSet, { float64s, int32s, bytes }, RECORD_HEADER_WORDS);
  return bytes;
}
