/** Both ends of a ring on one thread, with payloads that show whether they came through whole. */
import { RingConsumer } from '../ring-consumer.ts';
import { createRing } from '../ring-layout.ts';
import { RingProducer } from '../ring-producer.ts';

/** A frame as a test sees it. */
export interface Message {
  type: number;
  payload: number[];
}

/** A message of `payloadWords` words, all of them different and different from those of other seeds. */
export const messageOf = (seed: number, payloadWords: number, type = 1 + (seed % 5)): Message => ({
  type,
  payload: Array.from({ length: payloadWords }, (_, i) => seed * 1000 + i + 0.5),
});

export class RingPair {
  readonly memory: SharedArrayBuffer;
  readonly producer: RingProducer;
  readonly consumer: RingConsumer;

  constructor(capacityWords: number, startCursor = 0) {
    this.memory = createRing(capacityWords, startCursor);
    this.producer = new RingProducer(this.memory);
    this.consumer = new RingConsumer(this.memory);
  }

  /** Claims and fills a frame without publishing it; false when there was no room. */
  send(message: Message): boolean {
    const index = this.producer.claim(message.payload.length, message.type);
    if (index === -1) return false;
    this.producer.float64s.set(message.payload, index / 2);
    return true;
  }

  receive(): Message | null {
    return receive(this.consumer);
  }

  receiveAll(): Message[] {
    const messages: Message[] = [];
    for (let message = this.receive(); message !== null; message = this.receive()) messages.push(message);
    return messages;
  }
}

/** The next frame of a ring as a copy, null when nothing is published. */
export function receive(consumer: RingConsumer): Message | null {
  const index = consumer.next();
  if (index === -1) return null;
  const first = index / 2;
  return { type: consumer.type, payload: [...consumer.float64s.subarray(first, first + consumer.payloadWords)] };
}
