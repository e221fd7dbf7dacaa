/**
 * How two transports make sure of each other before the first frame. It runs on a transport's thread and knows neither
 * socket nor clock: bytes come in by `push`, bytes go out by `send`.
 *
 *   the side that connects                          the side that accepts
 *   HELLO (shards, whether it has a secret, nonce)
 *                                                   HELLO, or REFUSAL
 *   PROOF (mac, facts), or REFUSAL
 *                                                   PROOF, or REFUSAL; linked
 *   linked, or REFUSAL
 *
 * A mac (HMAC-SHA256 with the shared secret) covers both nonces, both shards, who proves and the facts: it proves the
 * secret without showing it, is of no use a second time or to the other side, and lets nobody change the facts on their
 * way. The side that connects proves first, so that whoever finds the port learns nothing to guess the secret by.
 * Without a secret the mac is made with an empty one. What differs in the facts is told only behind a proof.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { assert } from '../../assert.ts';
import {
  decodeFacts,
  decodeHello,
  decodeRefusal,
  encodeFacts,
  encodeHello,
  encodeProof,
  encodeRefusal,
  HANDSHAKE_BYTES_MAX,
  HandshakeReader,
  HELLO,
  type Hello,
  MAC_BYTES,
  NONCE_BYTES,
  type PeerFacts,
  PROOF,
  PROTOCOL_VERSION,
  REFUSAL,
  type RefusalReason,
} from './handshake-messages.ts';

export type { PeerFacts, RefusalReason } from './handshake-messages.ts';

export type HandshakeRole = 'connect' | 'accept';

export interface HandshakeOptions {
  role: HandshakeRole;
  shardId: number;
  secret: string | null;
  facts: PeerFacts;
  /** NONCE_BYTES that were never used before. */
  nonce: Uint8Array;
  /** Whether a link with the shard would be welcome; asked again before the link is made. */
  refusalOf(peerShardId: number): RefusalReason | null;
  /** The shard that is connected to; unused by the side that accepts. */
  peerShardId: number;
  send(bytes: Uint8Array): void;
}

/** A key of the agreement that is not the same on both sides; null where it is missing. */
export interface Difference {
  key: string;
  own: string | null;
  peer: string | null;
}

export interface Refusal {
  kind: 'refused';
  /** Who refused whom. */
  by: 'own' | 'peer';
  reason: RefusalReason;
  /** The shard that the other side says it is; null before it said so. */
  peerShardId: number | null;
  /** Of the protocol. */
  peerVersion: number;
  differences: readonly Difference[];
}

export type HandshakeOutcome =
  /** `taken`: bytes of the last chunk that belong to the handshake; frames follow. */
  { kind: 'linked'; peerShardId: number; facts: PeerFacts; taken: number } | { kind: 'garbage' } | Refusal;

/** Whether both fit into a handshake; the agreement of a caller has to. */
export const fitsHandshake = (facts: PeerFacts): boolean => encodeFacts(facts).length < HANDSHAKE_BYTES_MAX - 1024;

export class Handshake {
  private readonly options: HandshakeOptions;
  private readonly reader = new HandshakeReader();
  private readonly factsBytes: Uint8Array;
  private peerHello: Hello | null = null;
  private outcome: HandshakeOutcome | null = null;

  constructor(options: HandshakeOptions) {
    assert(options.nonce.length === NONCE_BYTES, 'a nonce has its length');
    this.options = options;
    this.factsBytes = encodeFacts(options.facts);
  }

  /** To be called once, before the first `push`. */
  start(): void {
    if (this.options.role === 'connect') this.sendHello(this.options.peerShardId);
  }

  /** The next bytes of the other side. @returns how the handshake ended; null as long as it goes on */
  push(chunk: Uint8Array): HandshakeOutcome | null {
    assert(this.outcome === null, 'a handshake ends once');
    const { reader } = this;
    let offset = 0;
    while (offset < chunk.length && this.outcome === null) {
      offset += reader.read(chunk, offset);
      if (reader.isGarbage) this.outcome = { kind: 'garbage' };
      else if (reader.version !== PROTOCOL_VERSION) this.refuse('version');
      else {
        const body = reader.takeBody();
        if (body !== null) this.receive(body, offset);
      }
    }
    return this.outcome;
  }

  private receive(body: Uint8Array, taken: number): void {
    const { kind } = this.reader;
    if (kind === HELLO && this.peerHello === null) this.receiveHello(decodeHello(body));
    else if (kind === PROOF && this.peerHello !== null) this.receiveProof(body, taken);
    else if (kind === REFUSAL) this.receiveRefusal(decodeRefusal(body));
    else this.outcome = { kind: 'garbage' };
  }

  private receiveHello(hello: Hello | null): void {
    if (hello === null) {
      this.outcome = { kind: 'garbage' };
      return;
    }
    this.peerHello = hello;
    const refusal = this.refusalOfHello(hello);
    if (refusal !== null) this.refuse(refusal);
    else if (this.options.role === 'accept') this.sendHello(hello.from);
    else this.sendProof();
  }

  private refusalOfHello({ from, to, hasSecret }: Hello): RefusalReason | null {
    const { role, shardId, peerShardId, secret, refusalOf } = this.options;
    if (to !== shardId || (role === 'connect' && from !== peerShardId)) return 'wrongShard';
    if (secret !== null && !hasSecret) return 'secretMissing';
    if (secret === null && hasSecret) return 'secretUnexpected';
    return refusalOf(from);
  }

  private receiveProof(body: Uint8Array, taken: number): void {
    const { role, refusalOf } = this.options;
    const { from } = this.peerHello as Hello;
    const factsBytes = body.subarray(MAC_BYTES);
    const facts = decodeFacts(factsBytes);
    if (body.length < MAC_BYTES || facts === null) {
      this.outcome = { kind: 'garbage' };
      return;
    }
    const mac = this.macOf(role === 'accept' ? 'connect' : 'accept', factsBytes);
    if (!timingSafeEqual(mac, body.subarray(0, MAC_BYTES))) {
      this.refuse('secretWrong');
      return;
    }
    const refusal = refusalOf(from);
    if (refusal !== null) {
      this.refuse(refusal);
      return;
    }
    // The side that connected finds the same differences in the facts that it gets.
    if (role === 'accept') this.sendProof();
    const differences = differencesOf(this.options.facts.agreement, facts.agreement);
    if (differences.length > 0) this.end('own', 'agreement', differences);
    else if (overlaps(this.options.facts, facts)) this.end('own', 'overlap');
    else this.outcome = { kind: 'linked', peerShardId: from, facts, taken };
  }

  private receiveRefusal(reason: RefusalReason | null): void {
    if (reason === null) this.outcome = { kind: 'garbage' };
    else this.end('peer', reason);
  }

  private sendHello(to: number): void {
    const { shardId, secret, nonce, send } = this.options;
    send(encodeHello({ from: shardId, to, hasSecret: secret !== null, nonce }));
  }

  private sendProof(): void {
    this.options.send(encodeProof(this.macOf(this.options.role, this.factsBytes), this.factsBytes));
  }

  private macOf(prover: HandshakeRole, factsBytes: Uint8Array): Buffer {
    const { role, shardId, secret, nonce } = this.options;
    const peer = this.peerHello as Hello;
    const [connecting, accepting] =
      role === 'connect'
        ? [
            { shardId, nonce },
            { shardId: peer.from, nonce: peer.nonce },
          ]
        : [
            { shardId: peer.from, nonce: peer.nonce },
            { shardId, nonce },
          ];
    return createHmac('sha256', secret ?? '')
      .update(`dbtest ${PROTOCOL_VERSION} ${prover} ${connecting.shardId} ${accepting.shardId}\n`)
      .update(connecting.nonce)
      .update(accepting.nonce)
      .update(factsBytes)
      .digest();
  }

  private refuse(reason: RefusalReason): void {
    this.options.send(encodeRefusal(reason));
    this.end('own', reason);
  }

  private end(by: 'own' | 'peer', reason: RefusalReason, differences: readonly Difference[] = []): void {
    const peerShardId = this.peerHello?.from ?? null;
    this.outcome = { kind: 'refused', by, reason, peerShardId, peerVersion: this.reader.version, differences };
  }
}

function differencesOf(own: Readonly<Record<string, string>>, peer: Readonly<Record<string, string>>): Difference[] {
  const ownValues = new Map(Object.entries(own));
  const peerValues = new Map(Object.entries(peer));
  const keys = new Set([...ownValues.keys(), ...peerValues.keys()]);
  return [...keys]
    .map((key) => ({ key, own: ownValues.get(key) ?? null, peer: peerValues.get(key) ?? null }))
    .filter((difference) => difference.own !== difference.peer);
}

/** Whether two processes run the same shard; facts that are all the same are those of one process. */
function overlaps(own: PeerFacts, peer: PeerFacts): boolean {
  const isSame = own.localShardIds.join() === peer.localShardIds.join();
  return !isSame && peer.localShardIds.some((shardId) => own.localShardIds.includes(shardId));
}
