/** Deliberate bugs of rings, backlogs, doorbells and of what exchanges do with messages. */
import { ABORT, ANSWER, COMMIT, PREPARE, SEQUENCE } from '../../shard/message-layout.ts';
import type { Doorbell } from '../../transport/doorbell.ts';
import type { FrameBacklog } from '../../transport/frame-backlog.ts';
import type { Outbox } from '../../transport/outbox.ts';
import type { RingProducer } from '../../transport/ring-producer.ts';
import { type BusyMember, everywhere, fragmentsOf, type Mutation } from './mutation.ts';

/** What mutations see of a mailbox besides its public parts. */
interface MailboxParts {
  peers: { outbox: Outbox; doorbell: Doorbell }[];
}
interface OutboxParts {
  ring: RingProducer;
  backlog: FrameBacklog;
}

const peersOf = ({ exchange }: BusyMember) => (exchange.mailbox as unknown as MailboxParts).peers;

const withDoorbells = (apply: (doorbell: Doorbell) => void) =>
  everywhere((member) => {
    for (const { doorbell } of peersOf(member)) apply(doorbell);
  });

const withOutboxes = (apply: (outbox: Outbox, parts: OutboxParts) => void) =>
  everywhere((member) => {
    for (const { outbox } of peersOf(member)) apply(outbox, outbox as unknown as OutboxParts);
  });

/** @param change returns false where the message is not to be heard */
const withMessages = (change: (type: number, receive: () => void, member: BusyMember, ...at: MessageAt) => boolean) =>
  everywhere((member) => {
    const { exchange } = member;
    const receive = exchange.receive.bind(exchange);
    exchange.receive = (type, int32s, float64s, at, words) => {
      const again = () => receive(type, int32s, float64s, at, words);
      if (change(type, again, member, int32s, float64s, at)) again();
    };
  });
type MessageAt = [int32s: Int32Array, float64s: Float64Array, at: number];

/** True for every nth call. */
const everyNth = (n: number): (() => boolean) => {
  let calls = 0;
  return () => ++calls % n === 0;
};

export const MESSAGING_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a wake is lost now and then',
    apply: withDoorbells((doorbell) => {
      const ring = doorbell.ring.bind(doorbell);
      const isLost = everyNth(10);
      doorbell.ring = () => {
        if (!isLost()) ring();
      };
    }),
  },
  {
    name: 'who waits for room is not woken',
    apply: withDoorbells((doorbell) => {
      doorbell.ringForRoom = () => {};
    }),
  },
  {
    name: 'who has a backlog sleeps as if for frames alone',
    apply: everywhere(({ exchange: { mailbox } }) => {
      const { doorbell } = mailbox as unknown as { doorbell: Doorbell };
      const announce = doorbell.announce.bind(doorbell);
      doorbell.announce = () => announce(false);
    }),
  },
  {
    name: 'a worker that is about to sleep wakes nobody',
    apply: everywhere(({ exchange: { mailbox } }) => {
      const ring = mailbox.ring.bind(mailbox);
      const mayRing = everyNth(2);
      mailbox.ring = () => {
        if (mayRing()) ring();
        else
          (mailbox as unknown as { unrung: { unrung: boolean }[] }).unrung.splice(0).forEach((peer) => {
            peer.unrung = false;
          });
      };
    }),
  },
  {
    name: 'a spilled frame is overtaken',
    apply: withOutboxes((outbox, { ring, backlog }) => {
      const claim = outbox.claim.bind(outbox);
      outbox.claim = (payloadWords, type) => {
        const payload = backlog.words === 0 ? -1 : ring.claim(payloadWords, type);
        if (payload === -1) return claim(payloadWords, type);
        outbox.counters.frames++;
        outbox.int32s = ring.int32s;
        outbox.float64s = ring.float64s;
        return payload;
      };
    }),
  },
  {
    name: 'a frame that finds its ring full is dropped',
    apply: withOutboxes((outbox, { ring, backlog }) => {
      const claim = outbox.claim.bind(outbox);
      outbox.claim = (payloadWords, type) => {
        const at = claim(payloadWords, type);
        if (backlog.words === 0 || ring.fits(payloadWords)) return at;
        const scratch = new Int32Array(2 * payloadWords);
        outbox.int32s = scratch as typeof outbox.int32s;
        outbox.float64s = new Float64Array(scratch.buffer) as typeof outbox.float64s;
        backlog.moveFirst(new Int32Array(2 * backlog.words), 0);
        return 0;
      };
    }),
  },
  {
    name: 'a backlog is emptied last in first out',
    apply: withOutboxes((outbox, { ring, backlog }) => {
      outbox.refillOne = () => {
        const count = countFrames(backlog);
        if (count === 0) return false;
        const frames = Array.from({ length: count }, () => {
          const int32s = new Int32Array(2 * backlog.firstPayloadWords);
          const type = backlog.firstType;
          backlog.moveFirst(int32s, 0);
          return { type, int32s };
        });
        const last = frames[count - 1];
        const payload = ring.claim(last.int32s.length / 2, last.type);
        if (payload !== -1) {
          ring.int32s.set(last.int32s, payload);
          frames.pop();
        }
        for (const { type, int32s } of frames) {
          const at = backlog.claim(int32s.length / 2, type);
          backlog.int32s.set(int32s, at);
        }
        return payload !== -1;
      };
    }),
  },
  {
    name: 'a fragment is executed again when its message comes twice',
    apply: (cluster) => {
      const isDouble = everyNth(7);
      withMessages((type, receive) => {
        if (type === PREPARE && isDouble()) receive();
        return true;
      })(cluster);
    },
  },
  {
    name: 'a commit is lost now and then',
    apply: (cluster) => {
      const isLost = everyNth(15);
      withMessages((type) => type !== COMMIT || !isLost())(cluster);
    },
  },
  {
    name: 'an abort is lost now and then',
    apply: (cluster) => {
      const isLost = everyNth(5);
      withMessages((type) => type !== ABORT || !isLost())(cluster);
    },
  },
  {
    name: 'an answer is lost now and then',
    apply: (cluster) => {
      const isLost = everyNth(15);
      withMessages((type) => type !== ANSWER || !isLost())(cluster);
    },
  },
  {
    name: 'a decision for an earlier attempt counts',
    apply: withMessages((type, _receive, member, int32s, float64s, at) => {
      if (type !== ABORT) return true;
      for (const slot of fragmentsOf(member)) {
        if (slot.fromWorker === int32s[at]) float64s[(at >> 1) + SEQUENCE] = slot.sequence;
      }
      return true;
    }),
  },
];

function countFrames(backlog: FrameBacklog): number {
  const { first, end } = backlog as unknown as { first: number; end: number };
  let count = 0;
  for (let at = first; at < end; at += backlog.int32s[at << 1]) count++;
  return count;
}
