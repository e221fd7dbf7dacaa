/**
 * A partition as a sequence of numbers and pieces of memory, for snapshots: tables, indexes and free lists go out and come
 * back as they lie, so that opening a snapshot builds nothing. What goes where is known to the structure itself; the
 * sequence is only read by the same version with the same table definitions.
 */

/** Takes an image piece by piece. The bytes are valid for the call only. */
export interface ImageSink {
  number(value: number): void;
  bytes(bytes: Uint8Array): void;
}

/** Gives the pieces back in the same order. */
export interface ImageSource {
  number(): number;
  /** Fills all of `target`. */
  bytes(target: Uint8Array): void;
}

/** Any view of memory as bytes. */
export const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
