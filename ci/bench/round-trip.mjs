/**
 * The round trip of a bare message between two worker threads that are as busy as those of a run: each works for a turn, then
 * looks at its ring. What a cross-shard transaction takes beyond this is its own.
 *   node ci/bench/round-trip.mjs [--turn-us 29] [--seconds 3]   after `npm run build`
 */
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createDoorbell, Doorbell } from '../../dist/src/transport/doorbell.js';
import { Outbox } from '../../dist/src/transport/outbox.js';
import { RingConsumer } from '../../dist/src/transport/ring-consumer.js';
import { createRing } from '../../dist/src/transport/ring-layout.js';

const PING = 1;
const PONG = 2;
/** One message in flight: a queue would be measured otherwise. */
const PAYLOAD_WORDS = 1;
const CAPACITY_WORDS = 8192;

if (isMainThread) {
  const { values } = parseArgs({
    options: { 'turn-us': { type: 'string', default: '29' }, seconds: { type: 'string', default: '3' } },
  });
  const rings = [createRing(CAPACITY_WORDS), createRing(CAPACITY_WORDS)];
  const doorbells = [createDoorbell(), createDoorbell()];
  const turnUs = Number(values['turn-us']);
  const answers = await Promise.all(
    [0, 1].map(
      (index) =>
        new Promise((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), {
            workerData: { index, rings, doorbells, turnUs, seconds: Number(values.seconds) },
          });
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    ),
  );
  const latencies = answers[0].sort((a, b) => a - b);
  const at = (share) => Number(latencies[Math.floor((latencies.length - 1) * share)].toFixed(1));
  console.log(
    JSON.stringify({
      turnUs,
      roundTrips: latencies.length,
      p50Us: at(0.5),
      p90Us: at(0.9),
      p99Us: at(0.99),
      p999Us: at(0.999),
    }),
  );
} else {
  const { index, rings, doorbells, turnUs, seconds } = workerData;
  const outbox = new Outbox(rings[index]);
  const source = new RingConsumer(rings[1 - index]);
  const other = new Doorbell(doorbells[1 - index]);
  const latencies = [];
  const endMs = performance.now() + seconds * 1000;
  /** Reading the clock is the work: a turn takes its time however fast the core is. */
  const work = () => {
    const untilMs = performance.now() + turnUs / 1000;
    while (performance.now() < untilMs);
  };
  const send = (type) => {
    outbox.claim(PAYLOAD_WORDS, type);
    if (outbox.flush()) other.ring();
  };
  let sentMs = 0;
  let waiting = false;
  while (performance.now() < endMs + (index === 0 ? 0 : 50)) {
    while (source.next() >= 0) {
      if (source.type === PING) send(PONG);
      else {
        latencies.push((performance.now() - sentMs) * 1000);
        waiting = false;
      }
    }
    source.release();
    if (index === 0 && !waiting) {
      waiting = true;
      sentMs = performance.now();
      send(PING);
    }
    work();
  }
  parentPort.postMessage(latencies);
}
