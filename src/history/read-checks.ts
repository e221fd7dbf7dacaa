/** Anomalies that a read shows together with the transaction that wrote what it saw or missed; each pass is linear. */
import type { ExternalReads } from './external-reads.ts';
import type { Findings } from './findings.ts';
import type { History } from './history.ts';
import type { Narrator } from './narrator.ts';
import { NONE, type Versions } from './versions.ts';

/** What the checks work on. */
export interface ReadCheckInput {
  history: History;
  versions: Versions;
  reads: ExternalReads;
  findings: Findings;
  narrator: Narrator;
}

/** Transactions of findings that a cycle would only repeat, by transaction. */
export interface Explained {
  /** A cycle with an anti-dependency. */
  antiDependency: Uint8Array;
  /** A cycle with real time. */
  realTime: Uint8Array;
}

/** Reads that end within the appends of another transaction. */
export function findIntermediateReads(input: ReadCheckInput, explained: Explained): void {
  const { history, versions, reads, findings, narrator } = input;
  forEachRead(input, (reader, key, length) => {
    if (length === 0 || history.isDisordered.at(key) === 1) return;
    const position = versions.keyStart[key] + length - 1;
    const append = versions.appendAt[position];
    if (append >= versions.recordedAppends || reads.isIntermediate[append] === 0) return;
    const writer = history.appendTransaction.at(append);
    if (writer === reader || versions.tookPlace[writer] === 0) return;
    explained.antiDependency[reader] = 1;
    findings.add('G1b', () =>
      narrator.sentence([reader, writer], (name) => {
        const seen = `${name(reader)} read key ${history.keyName(key)} up to ${narrator.elementAt(position)}`;
        return `${seen}, behind which ${name(writer)} appended more`;
      }),
    );
  });
}

/** Transactions that read the same version of a key and both append to it. */
export function findLostUpdates(input: ReadCheckInput, explained: Explained): void {
  const { history, versions, findings, narrator } = input;
  // By key and length of the read: the first transaction that did it, plus 1.
  const updater = new Uint32Array(versions.appendAt.length + history.keys.size);
  forEachRead(input, (reader, key, length) => {
    if (history.isDisordered.at(key) === 1 || narrator.appendOf(reader, key) === NONE) return;
    const slot = versions.keyStart[key] + key + length;
    const first = updater[slot] - 1;
    if (first < 0) {
      updater[slot] = reader + 1;
      return;
    }
    explained.antiDependency[first] = 1;
    explained.antiDependency[reader] = 1;
    findings.add('lost update', () => narrator.cycle([first, reader], ['rw', 'rw']));
  });
}

/** Reads that miss an append of a transaction of the same host that ended before the reader began. */
export function findStaleReads(input: ReadCheckInput, explained: Explained): void {
  const { history, versions, findings, narrator } = input;
  const { keyStart, unreadStart } = versions;
  // By key and length of a read: the earliest end among the writers of what it misses.
  const earliestEnd = new Float64Array(versions.appendAt.length + history.keys.size);
  const endOf = (append: number, host: number): number => {
    if (append >= versions.recordedAppends) return Number.POSITIVE_INFINITY;
    const writer = history.appendTransaction.at(append);
    const counts = history.isCommitted(writer) && history.hostOf(writer) === host;
    return counts ? history.endNs.at(writer) : Number.POSITIVE_INFINITY;
  };
  for (let host = 0; host < history.hosts.length; host++) {
    for (let key = 0; key < history.keys.size; key++) {
      let earliest = Number.POSITIVE_INFINITY;
      for (let i = unreadStart[key]; i < unreadStart[key + 1]; i++) {
        earliest = Math.min(earliest, endOf(versions.unread[i], host));
      }
      earliestEnd[keyStart[key + 1] + key] = earliest;
      for (let at = keyStart[key + 1] - 1; at >= keyStart[key]; at--) {
        earliest = Math.min(earliest, endOf(versions.appendAt[at], host));
        earliestEnd[at + key] = earliest;
      }
    }
    forEachRead(input, (reader, key, length) => {
      const slot = keyStart[key] + key + length;
      if (earliestEnd[slot] >= history.startNs.at(reader) || history.hostOf(reader) !== host) return;
      if (history.isDisordered.at(key) === 1) return;
      explained.realTime[reader] = 1;
      findings.add('stale read', () => {
        const missed = narrator.missedBy(key, length, (append) => endOf(append, host) === earliestEnd[slot]);
        return narrator.cycle([reader, missed], ['rw', 'rt']);
      });
    });
  }
}

/** External reads that the lists explain, of keys whether in order or not. */
export function forEachRead(
  { history, reads }: ReadCheckInput,
  visit: (reader: number, key: number, length: number) => void,
): void {
  for (let reader = 0; reader < history.transactions; reader++) {
    for (let i = reads.start[reader]; i < reads.start[reader + 1]; i++) {
      visit(reader, reads.key.at(i), reads.length.at(i));
    }
  }
}
