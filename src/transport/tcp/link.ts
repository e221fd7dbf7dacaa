/**
 * The connection to one peer shard after the handshake. Frames wait in memory of its own and leave in one write at a time,
 * so that a peer that reads slowly fills this memory to its limit and nothing more. It runs on a transport's thread.
 */
import type { Socket } from 'node:net';
import type { FrameDecoder } from './frame-decoder.ts';
import { SendBuffer } from './send-buffer.ts';
import { socketReason } from './socket-reasons.ts';
import type { FrameFault, TransportCounters } from './transport-counters.ts';
import type { TransportLimits } from './transport-limits.ts';
import { CONTROL_PIECE_BYTES, GOODBYE, HEARTBEAT } from './wire-layout.ts';

export interface LinkEvents {
  /** All frames of a chunk are handed over. */
  received(link: Link): void;
  /** A write is done: there may be room again. */
  written(link: Link): void;
  /** An invalid frame came; the link is lost. */
  faulty(link: Link, fault: FrameFault): void;
  /** It is over, once and for all. @param reason null when the peer said goodbye, or this side did and the peer heard it */
  closed(link: Link, reason: string | null): void;
}

export class Link {
  readonly peerShardId: number;
  /** Whether another frame of a worker may be added. */
  hasRoom = true;
  isPaused = false;
  private readonly socket: Socket;
  private readonly decoder: FrameDecoder;
  private readonly events: LinkEvents;
  private readonly counters: TransportCounters;
  private readonly limits: TransportLimits;
  private readonly buffer = new SendBuffer();
  /** Texts that wait, and how much of the first one has left. */
  private readonly texts: Uint8Array[] = [];
  private textTakenBytes = 0;
  private isWriting = false;
  private isLeaving = false;
  private peerLeft = false;
  private isClosed = false;
  /** Since the last heartbeat was due. */
  private hasWritten = false;
  private hasRead = false;
  private silentHeartbeats = 0;

  constructor(
    peerShardId: number,
    socket: Socket,
    decoder: FrameDecoder,
    events: LinkEvents,
    counters: TransportCounters,
    limits: TransportLimits,
  ) {
    this.peerShardId = peerShardId;
    this.socket = socket;
    this.decoder = decoder;
    this.events = events;
    this.counters = counters;
    this.limits = limits;
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('end', () => this.close('the other side closed the connection without a goodbye', true));
    socket.on('error', (error) => this.close(socketReason(error)));
    socket.on('close', () => this.close('the connection was closed'));
  }

  /** Adds a frame of a worker, to leave with the next `flush`. The caller looks at `hasRoom` first. */
  addFrame(type: number, source: Int32Array, from: number, payloadWords: number): void {
    this.buffer.addFrame(type, source, from, payloadWords);
    if (this.buffer.sizeBytes >= this.limits.sendBufferBytes) this.hasRoom = false;
  }

  /** Sends a text to the peer's main thread, in pieces between the frames of workers. */
  sendControl(text: string): void {
    if (this.isLeaving) return;
    this.texts.push(Buffer.from(text, 'utf8'));
    this.flush();
  }

  /** Writes what was added, unless a write is under way: its end is followed by the next. */
  flush(): void {
    if (this.isWriting || this.isClosed) return;
    if (this.texts.length > 0) this.addTexts();
    if (this.buffer.sizeBytes === 0) return;
    const bytes = this.buffer.take();
    this.hasRoom = true;
    this.isWriting = true;
    this.hasWritten = true;
    this.counters.batchesOut++;
    this.counters.bytesOut += bytes.length;
    this.socket.write(bytes, this.written);
  }

  /** Takes what the handshake left of its last chunk, and reads no less than that from now on. */
  receive(chunk: Uint8Array): void {
    if (this.isClosed || chunk.length === 0) return;
    this.hasRead = true;
    this.counters.batchesIn++;
    this.counters.bytesIn += chunk.length;
    const fault = this.decoder.push(chunk);
    this.events.received(this);
    if (fault === null) return;
    this.events.faulty(this, fault);
    this.close(`it sent an invalid frame (${fault})`);
  }

  /** Stops reading: the peer's frames wait on its side until `resume`. */
  pause(): void {
    this.isPaused = true;
    this.socket.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.socket.resume();
  }

  /**
   * To be called every `heartbeatMs`. Silence is counted in calls and not in time, so that a process that stood still
   * does not take its own pause for the peer's.
   */
  heartbeat(): void {
    if (this.isClosed) return;
    this.silentHeartbeats = this.hasRead || this.isPaused ? 0 : this.silentHeartbeats + 1;
    this.hasRead = false;
    if (this.silentHeartbeats * this.limits.heartbeatMs >= this.limits.silenceMs) {
      this.close(`nothing was heard from it for ${(this.limits.silenceMs / 1000).toFixed(1)} s`);
      return;
    }
    if (!this.hasWritten && !this.isWriting && !this.isLeaving) {
      this.buffer.addMark(HEARTBEAT);
      this.flush();
    }
    this.hasWritten = false;
  }

  /** Ends the link in order: what waits leaves first. `closed` follows when the peer has ended its side. */
  leave(): void {
    if (this.isLeaving || this.isClosed) return;
    while (this.texts.length > 0) this.addTextPiece();
    this.isLeaving = true;
    this.buffer.addMark(GOODBYE);
    this.flush();
  }

  /** The peer said goodbye; its end follows. */
  goodbye(): void {
    this.peerLeft = true;
  }

  /** Ends the link at once. */
  destroy(reason = 'it was ended'): void {
    this.close(reason);
  }

  private addTexts(): void {
    while (this.texts.length > 0 && this.buffer.sizeBytes < this.limits.sendBufferBytes) this.addTextPiece();
  }

  private addTextPiece(): void {
    const text = this.texts[0];
    const end = Math.min(this.textTakenBytes + CONTROL_PIECE_BYTES, text.length);
    this.buffer.addText(text.subarray(this.textTakenBytes, end), end < text.length);
    this.textTakenBytes = end;
    if (end < text.length) return;
    this.texts.shift();
    this.textTakenBytes = 0;
  }

  private readonly written = (error?: Error | null): void => {
    this.isWriting = false;
    // The event of the socket tells of it.
    if (error || this.isClosed) return;
    this.flush();
    if (this.isLeaving && !this.isWriting) this.socket.end();
    this.events.written(this);
  };

  private close(reason: string, finishesWrites = false): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (finishesWrites) this.socket.destroySoon();
    else this.socket.destroy();
    this.events.closed(this, this.peerLeft || this.isLeaving ? null : reason);
  }
}
