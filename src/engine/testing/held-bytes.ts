/** What the engine really holds, found by walking its objects: the cross-check of what the memory budget counts. */
import { DirectIndex } from '../direct-index.ts';
import { PackedKey } from '../packed-key.ts';
import { ABSENT_PAGE } from './direct-index-model.ts';

/** The fixed few bytes of a B+tree's descent path and fingers, which are no part of the data and are not counted. */
const UNCOUNTED = new Set(['pathNodes', 'pathPositions', 'fingers']);

/** What a pointer takes in the directory of a direct index. */
const POINTER_BYTES = 8;

/**
 * Bytes of all distinct array buffers that `roots` reach, and of the directories of direct indexes. Left out: keys,
 * descent paths, fingers, and the one page that all direct indexes share.
 */
export function heldBytes(...roots: readonly object[]): number {
  const seen = new Set<object>();
  const buffers = new Set<ArrayBufferLike>();
  const pending: object[] = [...roots];
  let bytes = 0;
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (seen.has(value) || value instanceof PackedKey) continue;
    seen.add(value);
    if (value instanceof DirectIndex) bytes += value['pages'].length * POINTER_BYTES;
    if (value === ABSENT_PAGE) continue;
    if (ArrayBuffer.isView(value)) {
      buffers.add(value.buffer);
      continue;
    }
    const parts = value instanceof Map ? [...value.entries()] : Object.entries(value);
    for (const [name, part] of parts) {
      if (typeof part === 'object' && part !== null && !UNCOUNTED.has(String(name))) pending.push(part);
    }
  }
  for (const buffer of buffers) bytes += buffer.byteLength;
  return bytes;
}
