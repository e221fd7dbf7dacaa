/** How long and how much a transport puts up with. */

export interface TransportLimits {
  /** From connecting, or being connected to, until the handshake is done. */
  handshakeTimeoutMs: number;
  /** Unfinished handshakes of accepted connections; further connections are closed at once. */
  handshakesMax: number;
  /** Between two attempts to reach a peer. */
  retryMs: number;
  /** How often a link that has nothing to send shows that it is alive. */
  heartbeatMs: number;
  /** A link on which nothing came for so long is lost. Whole heartbeats count. */
  silenceMs: number;
  /** What waits for a connection besides what it is writing; at more, frames stay in the workers' rings. */
  sendBufferBytes: number;
  /** What waits for one worker's ring; at more, nothing is read from connections. */
  backlogWordsMax: number;
  /** Frames taken from one worker before the next one's turn. */
  drainFramesMax: number;
  /** The longest text from main thread to main thread. */
  controlBytesMax: number;
  /** How long a stop waits for the peers to end their side. */
  goodbyeTimeoutMs: number;
}

export const DEFAULT_LIMITS: TransportLimits = {
  handshakeTimeoutMs: 5_000,
  handshakesMax: 64,
  retryMs: 100,
  heartbeatMs: 1_000,
  silenceMs: 10_000,
  sendBufferBytes: 2 ** 20,
  backlogWordsMax: 2 ** 16,
  drainFramesMax: 256,
  controlBytesMax: 2 ** 26,
  goodbyeTimeoutMs: 1_000,
};
