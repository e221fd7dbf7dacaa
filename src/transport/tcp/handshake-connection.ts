/** A handshake over a socket, with a time limit. It runs on a transport's thread. */
import type { Socket } from 'node:net';
import { Handshake, type HandshakeOptions, type HandshakeOutcome } from './handshake.ts';
import { socketReason } from './socket-reasons.ts';

/** How it ended. The socket is open only after `linked`; `rest` are the bytes behind the handshake. */
export type HandshakeEnd =
  | (Extract<HandshakeOutcome, { kind: 'linked' }> & { rest: Uint8Array })
  | Exclude<HandshakeOutcome, { kind: 'linked' }>
  | { kind: 'timeout' }
  | { kind: 'aborted'; reason: string };

/** Nobody waits longer for a side that was refused to take the refusal. */
const REFUSAL_TIMEOUT_MS = 1_000;

export class HandshakeConnection {
  private readonly socket: Socket;
  private readonly handshake: Handshake;
  private readonly timer: NodeJS.Timeout;
  private readonly ended: (end: HandshakeEnd) => void;
  private isEnded = false;

  /**
   * @param socket connected, or connecting
   * @param ended called once, unless `abort` comes first; takes over the socket after `linked`
   */
  constructor(
    socket: Socket,
    options: Omit<HandshakeOptions, 'send'>,
    timeoutMs: number,
    ended: (end: HandshakeEnd) => void,
  ) {
    this.socket = socket;
    this.ended = ended;
    this.handshake = new Handshake({ ...options, send: (bytes) => socket.write(bytes) });
    this.timer = setTimeout(() => this.end({ kind: 'timeout' }), timeoutMs);
    socket.on('data', this.receive);
    socket.on('error', this.failed);
    socket.on('end', this.closed);
    socket.on('close', this.closed);
    this.handshake.start();
  }

  /** Ends it without a word. */
  abort(): void {
    this.isEnded = true;
    clearTimeout(this.timer);
    this.socket.destroy();
  }

  private readonly receive = (chunk: Buffer): void => {
    if (this.isEnded) return;
    const outcome = this.handshake.push(chunk);
    if (outcome === null) return;
    this.end(outcome.kind === 'linked' ? { ...outcome, rest: chunk.subarray(outcome.taken) } : outcome);
  };

  private readonly failed = (error: Error): void => this.end({ kind: 'aborted', reason: socketReason(error) });

  private readonly closed = (): void =>
    this.end({ kind: 'aborted', reason: 'the connection was closed during the handshake' });

  private end(end: HandshakeEnd): void {
    if (this.isEnded) return;
    this.isEnded = true;
    clearTimeout(this.timer);
    const { socket } = this;
    if (end.kind === 'linked') {
      socket.off('data', this.receive);
      socket.off('error', this.failed);
      socket.off('end', this.closed);
      socket.off('close', this.closed);
    } else if (end.kind === 'refused') {
      // A refusal that waits to be sent still leaves.
      const lingering = setTimeout(() => socket.destroy(), REFUSAL_TIMEOUT_MS);
      socket.once('close', () => clearTimeout(lingering));
      socket.destroySoon();
    } else socket.destroy();
    this.ended(end);
  }
}
