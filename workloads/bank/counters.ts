/** What a session counts. The first four are counts of started transactions, for the audit; the others of committed ones. */

export const COUNTER_NAMES = [
  'transfers',
  'remoteTransfers',
  'abortableTransactions',
  'askedUserAborts',
  'accountsOpened',
  'accountsClosed',
  'rangeSums',
  'emptyRanges',
  'lookups',
  'lookupsOfNothing',
  'sums',
  'wrongSums',
  'wrongReads',
] as const;

/** Index of each counter. */
export const COUNTER = Object.fromEntries(COUNTER_NAMES.map((name, index) => [name, index])) as Record<
  (typeof COUNTER_NAMES)[number],
  number
>;
