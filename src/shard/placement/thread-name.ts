/**
 * What a thread does for itself so that tools (`top -H`, `perf`, `ps -L`) and the main thread can tell it from others.
 *
 * Both must be the synchronous calls: the asynchronous ones of node:fs run on a thread of the pool, and
 * /proc/thread-self is then that thread.
 */
import { readlinkSync, writeFileSync } from 'node:fs';

/** Linux keeps no more of a name. */
const NAME_BYTES_MAX = 15;

/**
 * Gives the calling thread its name in the operating system; the first 15 bytes in UTF-8 count. Does nothing where
 * that is not possible. For started threads: the name of the main thread is the process's name.
 */
export function nameThread(name: string): void {
  try {
    writeFileSync('/proc/thread-self/comm', cutToBytes(name, NAME_BYTES_MAX));
  } catch {
    // A name is a courtesy to whoever watches.
  }
}

/** The id of the calling thread in the operating system, on Linux; null elsewhere. */
export function ownThreadId(): number | null {
  try {
    // PROCESS/task/THREAD
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    return null;
  }
}

/** The longest beginning that fits, without a part of a character. */
function cutToBytes(text: string, sizeBytes: number): string {
  const encoded = new Uint8Array(sizeBytes);
  return text.slice(0, new TextEncoder().encodeInto(text, encoded).read);
}
