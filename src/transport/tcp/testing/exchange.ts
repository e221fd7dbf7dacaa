/** Traffic between fake workers that shows whether every frame arrives once and in order. */
import { expect } from 'vitest';
import type { FakeWorker, Received } from './fake-worker.ts';
import { until } from './wait.ts';

/** Sends numbered frames of different sizes from each sender to each receiver, and checks that all arrive once, in order. */
export async function exchange(
  senders: readonly FakeWorker[],
  receivers: readonly FakeWorker[],
  count: number,
): Promise<void> {
  const contentOf = (number: number) => Array.from({ length: 2 + 2 * (number % 4) }, (_, i) => number * 10 + i);
  const sent = new Map(senders.map((sender) => [sender, 0]));
  const received = new Map(receivers.map((receiver) => [receiver, new Map<number, number>()]));
  let missing = senders.length * receivers.length * count;
  await until(() => {
    for (const sender of senders) {
      let number = sent.get(sender) as number;
      while (number < count && sender.outbox.backlogWords < 500) {
        for (const receiver of receivers) sender.send(receiver.worker, 16 + (number % 240), contentOf(number));
        number++;
      }
      sent.set(sender, number);
      sender.flush();
    }
    for (const receiver of receivers) {
      const numbers = received.get(receiver) as Map<number, number>;
      for (const frame of receiver.receive()) {
        const number = numbers.get(frame.from) ?? 0;
        const expected = {
          type: 16 + (number % 240),
          from: frame.from,
          to: receiver.worker,
          content: contentOf(number),
        };
        // Asked only where it fails: it takes longer than the frame itself.
        if (!isSame(frame, expected)) expect(frame).toEqual(expected);
        numbers.set(frame.from, number + 1);
        missing--;
      }
    }
    return missing === 0;
  });
}

const isSame = (left: Received, right: Received): boolean =>
  left.type === right.type && left.to === right.to && left.content.join() === right.content.join();
