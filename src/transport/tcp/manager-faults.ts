/** The operating faults of the transports, each in one line: what, where, and what to do. */
import { endianness } from 'node:os';
import { EXIT, OperatingFault } from '../../errors.ts';
import type { MissingLinks } from './missing-links.ts';
import type { ShardAddress } from './transport-messages.ts';

/** The system's reasons why a port cannot be taken, and what to do. */
const BIND_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is already in use; end the program that uses it, or give the shard another port',
  EADDRNOTAVAIL: 'this is not an address of this machine; give the shard a host that is, or start it there',
  EACCES: 'this user may not take the port; give the shard a port above 1023',
  ENOTFOUND: 'there is no host of this name; give the shard another host',
  EAI_AGAIN: 'the name of the host cannot be looked up; give the shard its address',
};

/** Ports that could not be taken. */
export function bindFault(
  failures: readonly { address: ShardAddress; code: string; reason: string }[],
): OperatingFault {
  const texts = failures.map(({ address: { shardId, host, port }, code, reason }) => {
    const text = BIND_REASONS[code] ?? `${oneLine(reason)}; give the shard another host or port`;
    return `shard ${shardId} cannot listen on ${host}:${port}: ${text}`;
  });
  return new OperatingFault(
    'TRANSPORT',
    EXIT.connection,
    `Failed to initialize multi-shard transports: ${texts.join('. ')}`,
  );
}

/** A link that is impossible. @param reason continues the name of the shard */
export const unlinkedFault = ({ shardId, host, port }: ShardAddress, reason: string): OperatingFault =>
  new OperatingFault('TRANSPORT', EXIT.connection, `shard ${shardId} (${host}:${port}) ${reason}`);

/** A deadline that passed. */
export const missingFault = (missing: MissingLinks, timeoutMs: number): OperatingFault =>
  new OperatingFault(
    'TRANSPORT',
    EXIT.connection,
    `no link after ${timeoutMs / 1000} s with ${missing}; start every process of the cluster with the same addresses, or wait longer`,
  );

export const interruptedFault = (missing: MissingLinks): OperatingFault =>
  new OperatingFault('INTERRUPTED', EXIT.interrupted, `interrupted while waiting for ${missing}`);

export const stoppedFault = (): OperatingFault =>
  new OperatingFault('INTERRUPTED', EXIT.interrupted, 'the transports were stopped before they were ready');

/** Frames are copied between rings and connections as they are. */
export const endianFault = (): OperatingFault | null =>
  endianness() === 'LE'
    ? null
    : new OperatingFault(
        'UNSUPPORTED',
        EXIT.usage,
        'Failed to initialize multi-shard transports: they need a little-endian machine; run dbtest on another one',
      );

const oneLine = (text: string): string => text.split('\n', 1)[0];
