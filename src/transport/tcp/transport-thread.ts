/** The entry of a transport's thread: names the thread, then passes messages between the main thread and the transport. */
import { readlinkSync, writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../assert.ts';
import { Transport } from './transport.ts';
import type { ToTransport, TransportStart } from './transport-messages.ts';

const port = parentPort;
assert(port !== null, 'this module runs on a worker thread');
const start = workerData as TransportStart;

nameThread(`transport ${start.address.shardId}`);
const transport = new Transport(start, osThreadId(), (message) => {
  port.postMessage(message);
  // Nothing else keeps the thread alive then.
  if (message.kind === 'stopped') port.close();
});
port.on('message', (message: ToTransport) => transport.receive(message));

/** What `top -H` shows; only Linux has it. */
function nameThread(name: string): void {
  try {
    writeFileSync('/proc/thread-self/comm', name);
  } catch {
    // A thread without a name does its work, too.
  }
}

/** The system's number of this thread, to pin it by; null where there is none. */
function osThreadId(): number | null {
  try {
    const id = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    return Number.isInteger(id) ? id : null;
  } catch {
    return null;
  }
}
