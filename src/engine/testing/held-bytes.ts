/** What the engine really holds, found by walking its objects: the cross-check of what the memory budget counts. */
import { PackedKey } from '../packed-key.ts';

/** The fixed few bytes of a B+tree's descent path, which are no part of the data and are not counted. */
const UNCOUNTED = new Set(['pathNodes', 'pathPositions']);

/** Bytes of all distinct array buffers that `roots` reach (keys' own small tables and descent paths left out). */
export function heldBytes(...roots: readonly object[]): number {
  const seen = new Set<object>();
  const buffers = new Set<ArrayBufferLike>();
  const pending: object[] = [...roots];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (seen.has(value) || value instanceof PackedKey) continue;
    seen.add(value);
    if (ArrayBuffer.isView(value)) {
      buffers.add(value.buffer);
      continue;
    }
    const parts = value instanceof Map ? [...value.entries()] : Object.entries(value);
    for (const [name, part] of parts) {
      if (typeof part === 'object' && part !== null && !UNCOUNTED.has(String(name))) pending.push(part);
    }
  }
  let bytes = 0;
  for (const buffer of buffers) bytes += buffer.byteLength;
  return bytes;
}
