/** What a session counts: the first five of started transactions, for the audit; the others of committed ones. */
export const COUNTER_NAMES = [
  'appendTransactions',
  'askedUserAborts',
  'operations',
  'remoteOperations',
  'hotOperations',
  'elementsAppended',
  'appendsToFullLists',
  'listsRead',
  'elementsRead',
] as const;

/** Index of each counter. */
export const COUNTER = Object.fromEntries(COUNTER_NAMES.map((name, index) => [name, index])) as Record<
  (typeof COUNTER_NAMES)[number],
  number
>;
