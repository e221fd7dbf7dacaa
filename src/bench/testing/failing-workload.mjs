/** A workload that throws where its option says: 1 in the load, 2 in the run, 3 in the check, 0 nowhere. */
const LOAD = 1;
const RUN = 2;
const CHECK = 3;

const type = {
  key: 'only',
  title: 'Only',
  deckCards: 1,
  leastMixPct: null,
  keyingSeconds: 0,
  thinkMeanSeconds: 0,
  limitSeconds: 5,
};

function failing(place, when) {
  if (place === when) throw new Error(`a bug at place ${place}`);
}

/** A worker that is alone, with transactions that end at once, has no use for it. */
function unexpected(method) {
  throw new Error(`${method} was called`);
}

export default {
  name: 'failing',
  transactionTypes: [type],
  counterNames: ['starts'],
  options: [{ name: 'failAt', describe: 'where to throw', default: 0, low: 0, high: 3 }],
  longestFragmentWords: 0,
  mostTpmCPerWarehouse: null,
  open(_partition, _placement, _mix, { failAt }) {
    const counters = new Float64Array(1);
    return {
      counters,
      deferredCount: 0,
      loadShared: () => ({ shared: null, rows: 0 }),
      connect() {},
      load(progress) {
        failing(LOAD, failAt);
        progress(1, 1);
      },
      draw: () => 0,
      start() {
        failing(RUN, failAt);
        counters[0]++;
        return 0;
      },
      retry: () => unexpected('retry'),
      receiveAnswer: () => unexpected('receiveAnswer'),
      finish: () => unexpected('finish'),
      executeFragment: () => unexpected('executeFragment'),
      runDeferred: () => unexpected('runDeferred'),
      dropDeferred: () => unexpected('dropDeferred'),
      abandon() {},
      check() {
        failing(CHECK, failAt);
        return { conditions: [], sums: {} };
      },
      exportTables: () => [],
    };
  },
  audit: () => [],
  expectedCrossShardPct: () => 0,
  judge: () => [{ id: '1', title: 'one', passed: true, checkedRows: 1, violationCount: 0, violations: [] }],
  deviations: () => [],
};
