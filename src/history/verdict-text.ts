/** A verdict as a person reads it: what was checked, then each anomaly with its witnesses. */
import type { HistoryVerdict } from './check-history.ts';
import { ANOMALIES, type Finding, type OperationView, type TransactionView, type Witness } from './findings.ts';
import { shownList } from './narrator.ts';

const ANOMALY_MODEL_NOTE = {
  'strict-serializable': 'strictly serializable',
  serializable: 'serializable (real time is left out)',
} as const;

/**
 * Lines of the report.
 * @param notes what the reader of the files has to say
 * @param seconds that reading and checking took
 */
export function verdictText(verdict: HistoryVerdict, notes: readonly string[], seconds: number): string {
  const { counts, findings, model, isValid } = verdict;
  const { committed, aborted, unknown, missing } = counts.transactions;
  const { ww, wr, rw, rt } = counts.edges;
  const lines = [
    `Transactions: ${count(committed)} committed, ${count(aborted)} aborted, ${count(unknown)} of unknown outcome`,
    `Operations:   ${count(counts.reads)} reads, ${count(counts.elements)} elements appended to ${count(counts.keys)} keys`,
    `Dependencies: ${count(ww)} ww, ${count(wr)} wr, ${count(rw)} rw, ${count(rt)} of real time`,
    `Checked in ${seconds.toFixed(1)} s`,
    ...notes.map((note) => `Note: ${note}`),
  ];
  if (counts.unreadElements > 0) {
    lines.push(`Note: elements that no read shows, so that their order is unknown: ${count(counts.unreadElements)}`);
  }
  if (missing > 0) lines.push(`Note: elements that were read and whose append is in no record: ${count(missing)}`);
  for (const finding of findings) lines.push('', ...findingLines(finding, verdict.firstNs));
  const kinds = findings.length === 1 ? '1 kind' : `${findings.length} kinds`;
  const judged = ANOMALY_MODEL_NOTE[model];
  lines.push('', isValid ? `No anomaly: the history is ${judged}` : `Not ${judged}: ${kinds} of anomaly`);
  return `${lines.join('\n')}\n`;
}

function findingLines({ anomaly, instances, witnesses }: Finding, firstNs: number): string[] {
  const shown = witnesses.length < instances ? `, ${witnesses.length} shown` : '';
  const lines = [`${anomaly} (${count(instances)} found${shown}): ${ANOMALIES[anomaly]}`];
  for (const [i, witness] of witnesses.entries()) {
    if (i > 0) lines.push('');
    lines.push(...witnessLines(witness, firstNs));
  }
  return lines;
}

function witnessLines({ transactions, steps, explanation }: Witness, firstNs: number): string[] {
  return [
    ...transactions.flatMap((transaction) => transactionLines(transaction, firstNs)),
    ...steps.map(({ from, to, kind, reason }) => `  ${from} -${kind}-> ${to}: ${reason}`),
    ...(explanation === '' ? [] : [`  ${explanation}`]),
  ];
}

function transactionLines(transaction: TransactionView, firstNs: number): string[] {
  const { name, worker, terminal, sequence, outcome, startNs, endNs } = transaction;
  const operations = `       ${transaction.operations.map(operationText).join(', ')}`;
  if (startNs === null || endNs === null) return [`  ${name}: a transaction without record`, operations];
  const time = `${secondsText(startNs - firstNs)}..${secondsText(endNs - firstNs)} s`;
  return [`  ${name}: worker ${worker} terminal ${terminal} #${sequence}, ${time}, ${outcome}`, operations];
}

function operationText(operation: OperationView): string {
  if ('append' in operation) return `append ${operation.element} to ${operation.append}`;
  return `read ${operation.read} ${operation.elements === null ? '[?]' : shownList(operation.elements)}`;
}

const count = (value: number): string => value.toLocaleString('en-US');

const secondsText = (ns: number): string => (ns / 1e9).toFixed(6);
