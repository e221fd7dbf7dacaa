/** What a run whose `endedBy` is `peer-lost` has lost, in words. */
import type { RunConfig } from '../config/run-config.ts';

/** All shards of one process can lose each other only where they talk by TCP. */
export const describeLostPart = ({ cluster, localShardIds, transport }: RunConfig): string =>
  transport.kind === 'tcp' && localShardIds.length === cluster.shards.length
    ? 'a link between shards'
    : 'another process';
