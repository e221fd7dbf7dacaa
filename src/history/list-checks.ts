/** Anomalies of the lists themselves: their order, and elements that should not be in them; each pass is linear. */
import { type History, READ } from './history.ts';
import { HISTORY_ABORTED } from './history-writer.ts';
import { forEachRead, type ReadCheckInput } from './read-checks.ts';
import { NONE } from './versions.ts';

/**
 * Reads that contradict the longest one, and elements that stand in another order than their transaction appended them. The
 * key counts as disordered from then on.
 */
export function findDisorder({ history, versions, findings, narrator }: ReadCheckInput): void {
  for (const { transaction, key, elements } of history.disorderedReads) {
    findings.add('incompatible order', () => {
      const start = versions.keyStart[key];
      const longest = versions.keyStart[key + 1] - start;
      const differs = elements.findIndex((element, i) => i >= longest || narrator.elementAt(start + i) !== element);
      const other = someReader(history, key, differs + 1);
      const place = `at place ${differs + 1} of key ${history.keyName(key)}`;
      if (other === NONE)
        return narrator.sentence([transaction], (name) => `${name(transaction)} read another element ${place}`);
      const instead = narrator.elementAt(start + differs);
      return narrator.sentence(
        [transaction, other],
        (name) => `${name(transaction)} read ${elements[differs]} ${place}, where ${name(other)} read ${instead}`,
      );
    });
  }
  for (let i = history.disorderedReads.length; i < history.disorderedReadCount; i++) {
    findings.add('incompatible order', () => narrator.sentence([], () => ''));
  }
  const lastPosition = new Int32Array(history.keys.size).fill(NONE);
  const lastAppend = new Int32Array(history.keys.size).fill(NONE);
  for (let append = 0; append < versions.recordedAppends; append++) {
    const key = history.appends.first(append);
    const transaction = history.appendTransaction.at(append);
    const position = versions.positionOf[append];
    const earlier = lastAppend[key];
    const isSame = earlier !== NONE && history.appendTransaction.at(earlier) === transaction;
    if (isSame && position !== NONE && position < lastPosition[key] && history.isDisordered.at(key) === 0) {
      history.isDisordered.values[key] = 1;
      const [first, second] = [history.appends.second(earlier), history.appends.second(append)];
      findings.add('incompatible order', () => {
        const reader = someReader(history, key, lastPosition[key] - versions.keyStart[key] + 1);
        return narrator.sentence([transaction, reader], (name) => {
          const appended = `${name(transaction)} appended ${first} to key ${history.keyName(key)} and then ${second}`;
          return `${appended}, ${name(reader)} read ${second} before ${first}`;
        });
      });
    }
    lastAppend[key] = append;
    lastPosition[key] = position;
  }
}

/** Elements read twice, read from nowhere and read from aborted transactions, and appends behind those. */
export function findFlawedLists(input: ReadCheckInput, allowMissing: boolean): void {
  const { history, versions, findings, narrator } = input;
  const { keys } = history;
  const duplicateAt = new Int32Array(keys.size).fill(NONE);
  for (const { key, position } of versions.duplicates) {
    if (duplicateAt[key] === NONE) duplicateAt[key] = position;
  }
  const abortedAt = new Int32Array(keys.size).fill(NONE);
  const garbageAt = new Int32Array(keys.size).fill(NONE);
  for (let key = 0; key < keys.size; key++) {
    for (let at = versions.keyStart[key]; at < versions.keyStart[key + 1]; at++) {
      const append = versions.appendAt[at];
      if (append >= versions.recordedAppends) {
        if (garbageAt[key] === NONE && !allowMissing) garbageAt[key] = at;
        continue;
      }
      const transaction = history.appendTransaction.at(append);
      if (history.outcome.at(transaction) === HISTORY_ABORTED) {
        if (abortedAt[key] === NONE) abortedAt[key] = at;
      } else if (abortedAt[key] !== NONE && history.isCommitted(transaction)) {
        const aborted = history.appendTransaction.at(versions.appendAt[abortedAt[key]]);
        const position = abortedAt[key];
        findings.add('dirty update', () =>
          narrator.sentence([transaction, aborted], (name) => {
            const built = `${name(transaction)} appended ${narrator.elementAt(at)} to key ${keys.second(key)}`;
            return `${built} behind ${narrator.elementAt(position)} of ${name(aborted)}, which aborted`;
          }),
        );
        break;
      }
    }
  }
  forEachRead(input, (reader, key, length) => {
    const end = versions.keyStart[key] + length;
    const read = (name: string, position: number) =>
      `${name} read ${narrator.elementAt(position)} under key ${keys.second(key)}`;
    if (abortedAt[key] !== NONE && abortedAt[key] < end) {
      const writer = history.appendTransaction.at(versions.appendAt[abortedAt[key]]);
      const position = abortedAt[key];
      findings.add('G1a', () =>
        narrator.sentence(
          [reader, writer],
          (name) => `${read(name(reader), position)}, which ${name(writer)} appended; ${name(writer)} aborted`,
        ),
      );
    }
    if (garbageAt[key] !== NONE && garbageAt[key] < end) {
      const advice = 'if a process was killed in the run, its last records may be missing: --allow-missing';
      findings.add('garbage read', () =>
        narrator.sentence(
          [reader],
          (name) => `${read(name(reader), garbageAt[key])}, which no transaction of the history appended (${advice})`,
        ),
      );
    }
    if (duplicateAt[key] !== NONE && duplicateAt[key] < end) {
      findings.add('duplicate elements', () =>
        narrator.sentence([reader], (name) => `${read(name(reader), duplicateAt[key])} twice`),
      );
    }
  });
}

/** A committed transaction that read at least `length` elements of the key; NONE when there is none. */
function someReader(history: History, key: number, length: number): number {
  for (let transaction = 0; transaction < history.transactions; transaction++) {
    if (!history.isCommitted(transaction)) continue;
    const end = history.operationStart.at(transaction + 1);
    for (let i = history.operationStart.at(transaction); i < end; i++) {
      const isRead = history.operationKind.at(i) === READ && history.operationKey.at(i) === key;
      if (isRead && history.operationValue.at(i) >= length) return transaction;
    }
  }
  return NONE;
}
