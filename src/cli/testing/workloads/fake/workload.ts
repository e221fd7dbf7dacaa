/** A workload that the command line can describe and validate; tests of the command line never execute it. */
import type { WorkloadModule } from '../../../../bench/contract.ts';

const type = (key: string, title: string) => ({
  key,
  title,
  deckCards: 1,
  leastMixPct: null,
  keyingSeconds: 0,
  thinkMeanSeconds: 0,
  limitSeconds: 1,
});

const workload: WorkloadModule = {
  name: 'fake',
  transactionTypes: [type('readRow', 'Read-Row'), type('writeRow', 'Write-Row')],
  counterNames: [],
  options: [{ name: 'remoteRowPct', describe: 'Share of remote rows in percent', default: 1, low: 0, high: 100 }],
  longestFragmentWords: 1,
  mostTpmCPerWarehouse: null,
  open: () => {
    throw new Error('the fake workload cannot be executed');
  },
  audit: () => [],
  expectedCrossShardPct: () => 0,
  judge: () => [],
  deviations: () => [],
};

export default workload;
