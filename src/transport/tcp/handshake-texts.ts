/** What users read about a handshake that failed. */
import type { Difference, Refusal } from './handshake.ts';
import { PROTOCOL_VERSION } from './handshake-messages.ts';

const DIFFERENCES_SHOWN = 3;
const VALUE_CHARACTERS_MAX = 80;

/** What is wrong, as the continuation of `shard 1 (127.0.0.1:31100) `. `ownShardId` is the shard of this process. */
export function refusalText(refusal: Refusal, ownShardId: number): string {
  const isOwn = refusal.by === 'own';
  switch (refusal.reason) {
    case 'version':
      return `speaks version ${refusal.peerVersion} of the protocol and this process version ${PROTOCOL_VERSION}: run the same version of dbtest everywhere`;
    case 'wrongShard':
      return `${isOwn ? 'answers as another shard' : 'is another shard'}: give the same shard addresses to every process`;
    case 'unexpectedShard':
      return `${isOwn ? 'is not expected to connect to' : 'does not expect a connection from'} shard ${ownShardId}: start every process with the same shards and --transport, and each shard once`;
    case 'alreadyLinked':
      return isOwn
        ? 'connected although there is a link with it already: start each shard once'
        : `has a link with shard ${ownShardId} already: another process runs shard ${ownShardId}; start each shard once`;
    case 'secretMissing':
      return `${isOwn ? 'has no shared secret and this process has one' : 'asks for a shared secret and this process has none'}: give the same secret to every process`;
    case 'secretUnexpected':
      return `${isOwn ? 'has a shared secret and this process has none' : 'has no shared secret and this process has one'}: give the same secret to every process`;
    case 'secretWrong':
      return `${isOwn ? 'did not prove the shared secret' : 'refused the shared secret of this process'}: give the same secret to every process`;
    case 'agreement':
      return `runs with another configuration: ${differencesText(refusal.differences)}; start every process with the same one`;
    case 'overlap':
      return 'belongs to a process that runs a shard of this process, too: start each shard once';
  }
}

/** The first differences, e.g. `warehouses is 2 there and 4 here`. */
export function differencesText(differences: readonly Difference[]): string {
  const shown = differences
    .slice(0, DIFFERENCES_SHOWN)
    .map(({ key, own, peer }) => `${key} is ${valueText(peer)} there and ${valueText(own)} here`);
  const more = differences.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` (and ${more} more)` : ''}`;
}

function valueText(value: string | null): string {
  if (value === null) return 'not set';
  const text = value.length > VALUE_CHARACTERS_MAX ? `${value.slice(0, VALUE_CHARACTERS_MAX)}...` : value;
  // One line, whatever the other side sent.
  return text === '' ? '""' : text.replace(/\p{Cc}/gu, ' ');
}
