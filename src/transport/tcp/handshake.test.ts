import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssertionFailure } from '../../assert.ts';
import { Handshake, type HandshakeOptions, type HandshakeOutcome, type RefusalReason } from './handshake.ts';
import { HANDSHAKE_BYTES_MAX, NONCE_BYTES } from './handshake-messages.ts';
import { differencesText, refusalText } from './handshake-texts.ts';

/** One side with the bytes that it has sent. */
class Side {
  readonly sent: Buffer[] = [];
  readonly handshake: Handshake;
  outcome: HandshakeOutcome | null = null;
  private delivered = 0;

  constructor(options: Partial<HandshakeOptions> & Pick<HandshakeOptions, 'role'>) {
    const shardId = options.role === 'connect' ? 3 : 1;
    this.handshake = new Handshake({
      shardId,
      peerShardId: 1,
      secret: null,
      facts: { localShardIds: [shardId], agreement: { warehouses: '4', seed: '1' } },
      nonce: new Uint8Array(NONCE_BYTES).fill(shardId),
      refusalOf: () => null,
      send: (bytes) => this.sent.push(Buffer.from(bytes)),
      ...options,
    });
    this.handshake.start();
  }

  /** What was sent since the last call. */
  takeSent(): Buffer {
    const bytes = Buffer.concat(this.sent.slice(this.delivered));
    this.delivered = this.sent.length;
    return bytes;
  }

  receive(bytes: Buffer): void {
    if (this.outcome === null && bytes.length > 0) this.outcome = this.handshake.push(bytes);
  }
}

type Settings = Partial<HandshakeOptions>;

/** Lets both sides talk until nobody says anything any more. */
function shakeHands(connect: Settings, accept: Settings): [Side, Side] {
  const connecting = new Side({ ...connect, role: 'connect' });
  const accepting = new Side({ ...accept, role: 'accept' });
  talk(connecting, accepting);
  return [connecting, accepting];
}

function talk(connecting: Side, accepting: Side): void {
  for (let round = 0; round < 5; round++) {
    accepting.receive(connecting.takeSent());
    connecting.receive(accepting.takeSent());
  }
}

const reasons = (sides: readonly Side[]) =>
  sides.map(({ outcome }) => (outcome?.kind === 'refused' ? `${outcome.by} ${outcome.reason}` : outcome?.kind));

const facts = (agreement: Record<string, string>, localShardIds: readonly number[] = [3]) => ({
  localShardIds,
  agreement,
});

describe('a handshake', () => {
  it.each([null, 'a secret', ''])('links both sides, with the facts of the other (secret: %s)', (secret) => {
    const [connecting, accepting] = shakeHands({ secret }, { secret });
    const agreement = { warehouses: '4', seed: '1' };
    expect(connecting.outcome).toMatchObject({ kind: 'linked', peerShardId: 1, facts: facts(agreement, [1]) });
    expect(accepting.outcome).toMatchObject({ kind: 'linked', peerShardId: 3, facts: facts(agreement, [3]) });
  });

  it('says where the frames begin', () => {
    const connecting = new Side({ role: 'connect' });
    const accepting = new Side({ role: 'accept' });
    accepting.receive(connecting.takeSent());
    connecting.receive(accepting.takeSent());
    const proof = connecting.takeSent();
    accepting.receive(Buffer.concat([proof, Buffer.from('frames')]));
    expect(accepting.outcome).toMatchObject({ kind: 'linked', taken: proof.length });
  });

  it('does not depend on where the bytes are cut', () => {
    const [connecting, accepting] = [new Side({ role: 'connect' }), new Side({ role: 'accept' })];
    for (let round = 0; round < 3; round++) {
      for (const byte of connecting.takeSent()) accepting.receive(Buffer.from([byte]));
      for (const byte of accepting.takeSent()) connecting.receive(Buffer.from([byte]));
    }
    expect(connecting.outcome?.kind).toBe('linked');
    expect(accepting.outcome?.kind).toBe('linked');
  });

  it.each<[string, Settings, Settings, RefusalReason]>([
    ['another secret', { secret: 'right' }, { secret: 'wrong' }, 'secretWrong'],
    ['another secret of the same start', { secret: 'secret' }, { secret: 'secret ' }, 'secretWrong'],
    ['no secret where one is needed', { secret: null }, { secret: 'secret' }, 'secretMissing'],
    ['a secret where none is known', { secret: 'secret' }, { secret: null }, 'secretUnexpected'],
    ['another shard than was meant', { peerShardId: 2 }, {}, 'wrongShard'],
    ['a shard that nobody waits for', {}, { refusalOf: () => 'unexpectedShard' }, 'unexpectedShard'],
    ['a shard that is there already', {}, { refusalOf: () => 'alreadyLinked' }, 'alreadyLinked'],
  ])('refuses %s, and both sides know why', (_, connect, accept, reason) => {
    expect(reasons(shakeHands(connect, accept))).toEqual([`peer ${reason}`, `own ${reason}`]);
  });

  it('asks again whether a link is welcome before it makes it', () => {
    let asked = 0;
    const refusalOf = () => (++asked === 2 ? 'alreadyLinked' : null);
    expect(reasons(shakeHands({}, { refusalOf }))).toEqual(['peer alreadyLinked', 'own alreadyLinked']);
  });

  it.each(['secret', null])('tells both sides what differs (secret: %s)', (secret) => {
    const [connecting, accepting] = shakeHands(
      { secret, facts: facts({ warehouses: '4', seed: '1', mix: 'deck' }) },
      { secret, facts: facts({ warehouses: '2', seed: '1', transport: 'tcp' }, [1]) },
    );
    expect(connecting.outcome).toMatchObject({
      reason: 'agreement',
      differences: [
        { key: 'warehouses', own: '4', peer: '2' },
        { key: 'mix', own: 'deck', peer: null },
        { key: 'transport', own: null, peer: 'tcp' },
      ],
    });
    expect(accepting.outcome).toMatchObject({
      reason: 'agreement',
      differences: [
        { key: 'warehouses', own: '2', peer: '4' },
        { key: 'transport', own: 'tcp', peer: null },
        { key: 'mix', own: null, peer: 'deck' },
      ],
    });
  });

  it('shows no configuration to a side without the secret', () => {
    for (const secret of [null, 'wrong']) {
      const [, accepting] = shakeHands({ secret }, { secret: 'secret' });
      expect(Buffer.concat(accepting.sent).toString()).not.toContain('warehouses');
    }
  });

  it('never shows the secret', () => {
    const secret = 'a secret that nobody may see';
    for (const side of shakeHands({ secret }, { secret })) {
      expect(Buffer.concat(side.sent).toString()).not.toContain(secret);
    }
  });

  it('refuses processes that run the same shard, but links the shards of one process', () => {
    const both = { facts: facts({}, [1, 3]) };
    expect(reasons(shakeHands(both, both))).toEqual(['linked', 'linked']);
    const other = { facts: facts({}, [1, 2]) };
    expect(reasons(shakeHands(both, other))).toEqual(['own overlap', 'own overlap']);
  });

  it('is not taken in by a proof that was heard before', () => {
    const settings = { secret: 'secret' };
    const [connecting] = shakeHands(settings, settings);
    const [hello, proof] = connecting.sent;
    const accepting = new Side({ ...settings, role: 'accept', nonce: new Uint8Array(NONCE_BYTES).fill(77) });
    accepting.receive(hello);
    accepting.receive(proof);
    expect(reasons([accepting])).toEqual(['own secretWrong']);
  });

  it('is not taken in by its own proof', () => {
    const settings = { secret: 'secret' };
    // Somebody who does not know the secret lets the victim prove it to itself.
    const victim = new Side({ ...settings, role: 'connect', shardId: 1, peerShardId: 1 });
    victim.receive(victim.takeSent());
    victim.receive(victim.takeSent());
    expect(reasons([victim])).toEqual(['own secretWrong']);
  });

  it('is not taken in by changed facts', () => {
    const settings = { secret: 'secret' };
    const connecting = new Side({ ...settings, role: 'connect' });
    const accepting = new Side({ ...settings, role: 'accept' });
    accepting.receive(connecting.takeSent());
    connecting.receive(accepting.takeSent());
    const proof = connecting.takeSent();
    proof[proof.indexOf('"4"') + 1] = '5'.charCodeAt(0);
    accepting.receive(proof);
    expect(reasons([accepting])).toEqual(['own secretWrong']);
  });

  it('tells a side that speaks another version, and knows it from its first header', () => {
    const connecting = new Side({ role: 'connect' });
    const hello = connecting.takeSent();
    hello.writeInt32LE(2, 4);
    const accepting = new Side({ role: 'accept' });
    accepting.receive(hello);
    expect(accepting.outcome).toMatchObject({ by: 'own', reason: 'version', peerVersion: 2 });
    const refusal = accepting.takeSent();
    refusal.writeInt32LE(2, 4);
    connecting.receive(refusal.subarray(0, 16));
    expect(connecting.outcome).toMatchObject({ by: 'own', reason: 'version', peerVersion: 2 });
  });

  it('asserts that nothing comes after its end', () => {
    const [, accepting] = shakeHands({}, {});
    expect(() => accepting.handshake.push(Buffer.from('x'))).toThrow(AssertionFailure);
  });
});

describe('garbage instead of a handshake', () => {
  const push = (bytes: Buffer): HandshakeOutcome | null => {
    const side = new Side({ role: 'accept' });
    side.receive(bytes);
    return side.outcome;
  };
  const hello = () => new Side({ role: 'connect' }).takeSent();
  const message = (kind: number, body: string | Buffer) => {
    const bytes = Buffer.concat([hello().subarray(0, 16), Buffer.from(body)]);
    bytes.writeInt32LE(kind, 8);
    bytes.writeInt32LE(bytes.length - 16, 12);
    return bytes;
  };

  it.each<[string, Buffer]>([
    ['the first wrong byte', Buffer.from('G')],
    ['a request by HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a kind that nobody knows', message(9, '{}')],
    ['a hello that is no JSON', message(1, '{')],
    ['a hello that is no object', message(1, 'null')],
    ['a hello that is no UTF-8', message(1, Buffer.from([0xff, 0xfe]))],
    ['a hello without its fields', message(1, '{"from": 3}')],
    ['a hello with a short nonce', message(1, '{"from": 3, "to": 1, "hasSecret": false, "nonce": "00"}')],
    [
      'a hello of a shard that cannot be',
      message(1, `{"from": -3, "to": 1, "hasSecret": false, "nonce": "${'00'.repeat(32)}"}`),
    ],
    ['a second hello', Buffer.concat([hello(), hello()])],
    ['a proof before a hello', message(2, 'x'.repeat(100))],
    ['a short proof', Buffer.concat([hello(), message(2, 'x')])],
    ['a proof without facts', Buffer.concat([hello(), message(2, `${'x'.repeat(32)}[]`)])],
    [
      'a proof with facts that are none',
      Buffer.concat([hello(), message(2, `${'x'.repeat(32)}{"localShardIds": [0], "agreement": {"a": 1}}`)]),
    ],
    ['a refusal without a reason that is known', message(3, '{"reason": "weather"}')],
    ['a message that is too long', message(1, 'x'.repeat(HANDSHAKE_BYTES_MAX))],
  ])('%s', (_, bytes) => {
    expect(push(bytes)).toEqual({ kind: 'garbage' });
  });

  it.each([2 ** 31 - 1, -1])('a length of %i, as soon as it is there', (length) => {
    const bytes = hello().subarray(0, 16);
    bytes.writeInt32LE(length, 12);
    expect(push(bytes)).toEqual({ kind: 'garbage' });
  });

  it('never throws, whatever is changed in a good one', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), (place, change, isProof) => {
        const connecting = new Side({ role: 'connect', secret: 'secret' });
        const accepting = new Side({ role: 'accept', secret: 'secret' });
        let bytes = connecting.takeSent();
        if (isProof) {
          accepting.receive(bytes);
          connecting.receive(accepting.takeSent());
          bytes = connecting.takeSent();
        }
        bytes[place % bytes.length] ^= change;
        accepting.receive(bytes);
        talk(connecting, accepting);
        if (isProof) expect(accepting.outcome?.kind).not.toBe('linked');
      }),
      { numRuns: 300 },
    );
  });
});

describe('what users read of a refusal', () => {
  it.each<[RefusalReason, Settings, Settings, string, string]>([
    [
      'secretWrong',
      { secret: 'a' },
      { secret: 'b' },
      'refused the shared secret of this process',
      'did not prove the shared secret',
    ],
    [
      'secretMissing',
      {},
      { secret: 'b' },
      'asks for a shared secret and this process has none',
      'has no shared secret and this process has one',
    ],
    [
      'agreement',
      { facts: facts({ a: '1' }) },
      { facts: facts({ a: '2' }) },
      'a is 2 there and 1 here',
      'a is 1 there and 2 here',
    ],
  ])('%s', (reason, connect, accept, here, there) => {
    const texts = shakeHands(connect, accept).map(({ outcome }) => {
      if (outcome?.kind !== 'refused') throw new Error('it was not refused');
      expect(outcome.reason).toBe(reason);
      return refusalText(outcome, 3);
    });
    expect(texts[0]).toContain(here);
    expect(texts[1]).toContain(there);
    for (const text of texts) expect(text).not.toContain('\n');
  });

  it('names the first differences, in one line', () => {
    const differences = ['a', 'b', 'c', 'd'].map((key) => ({ key, own: null, peer: 'x\ny' }));
    expect(differencesText(differences)).toBe(
      'a is x y there and not set here, b is x y there and not set here, c is x y there and not set here (and 1 more)',
    );
    expect(differencesText([{ key: 'a', own: '', peer: 'z'.repeat(100) }])).toBe(
      `a is ${'z'.repeat(80)}... there and "" here`,
    );
  });
});
