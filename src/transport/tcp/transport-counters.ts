/** What a transport counts. Frames are those of workers; bytes and batches are what the connections carried. */

/** Why a frame was dropped. Only `linkLost` is no fault of the peer, whose connection is closed for all others. */
export interface FrameDrops {
  unknownType: number;
  /** No multiple of 8, or not what the type asks for. */
  badLength: number;
  /** Longer than the largest frame of its kind. */
  oversized: number;
  /** Text that is not UTF-8. */
  badText: number;
  /** For a worker of another shard. */
  wrongRecipient: number;
  /** From a worker that is not the peer's. */
  wrongSender: number;
  /** Behind the frame that ends a connection. */
  afterGoodbye: number;
  /** There is no link to the shard any more. */
  linkLost: number;
}

/** Why an accepted connection did not become a link. */
export interface ConnectionDrops {
  /** It did not speak the protocol. */
  handshakeGarbage: number;
  handshakeTimeout: number;
  /** It spoke the protocol, but was refused (secret, version, shard, configuration). */
  handshakeRefused: number;
  /** The other side gave up before the end. */
  handshakeAborted: number;
  /** Too many others were in the middle of theirs. */
  tooManyHandshakes: number;
}

/** Since the start of one shard's transport. */
export interface TransportCounters {
  shardId: number;
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Pieces in which data came in. */
  batchesIn: number;
  /** Writes to connections. */
  batchesOut: number;
  wakesSent: number;
  wakesSuppressed: number;
  parks: number;
  /** Frames to workers that found their ring full. */
  ringFullSpills: number;
  /** Accepted connections that became links. */
  connectionsAccepted: number;
  connectionsRefused: number;
  frameDrops: FrameDrops;
  connectionDrops: ConnectionDrops;
}

export type FrameFault = Exclude<keyof FrameDrops, 'linkLost'>;

export const newCounters = (shardId: number): TransportCounters => ({
  shardId,
  framesIn: 0,
  framesOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  batchesIn: 0,
  batchesOut: 0,
  wakesSent: 0,
  wakesSuppressed: 0,
  parks: 0,
  ringFullSpills: 0,
  connectionsAccepted: 0,
  connectionsRefused: 0,
  frameDrops: {
    unknownType: 0,
    badLength: 0,
    oversized: 0,
    badText: 0,
    wrongRecipient: 0,
    wrongSender: 0,
    afterGoodbye: 0,
    linkLost: 0,
  },
  connectionDrops: {
    handshakeGarbage: 0,
    handshakeTimeout: 0,
    handshakeRefused: 0,
    handshakeAborted: 0,
    tooManyHandshakes: 0,
  },
});
