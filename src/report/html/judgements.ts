/** What an engineer asks of a result before any figure: does it hold, and was it a healthy run. */
import type { RunResult } from '../../bench/result.ts';
import { formatPct, plural } from '../format.ts';
import { describeEnd } from '../headline.ts';
import { droppedFrames } from '../message-counters.ts';
import { describeFailures } from '../totals-section.ts';
import { type Markup, markup } from './markup.ts';

export interface Judgement {
  tone: 'good' | 'bad' | 'doubtful';
  text: string;
}

const SIGNS: Record<Judgement['tone'], string> = { good: '✓', bad: '✗', doubtful: '!' };

/** A sign stands beside the colour, which not everybody sees. */
export const renderJudgement = ({ tone, text }: Judgement): Markup =>
  markup`<span class="${tone}"><span aria-hidden="true">${SIGNS[tone]}</span> ${text}</span>`;

/** The judgements of a run, the bad ones first. */
export function judge(result: RunResult): Judgement[] {
  const order: readonly Judgement['tone'][] = ['bad', 'doubtful', 'good'];
  const all = [
    judgeConsistency(result),
    judgeAudit(result),
    judgeEnd(result),
    ...judgeThresholds(result),
    ...judgeTransactions(result),
  ];
  return all.toSorted((left, right) => order.indexOf(left.tone) - order.indexOf(right.tone));
}

export function judgeConsistency({ consistency, config, cluster }: RunResult): Judgement {
  const { conditions, passed } = consistency;
  const unchecked = conditions.filter(({ checkable }) => checkable === false).length;
  const failed = conditions.filter((condition) => !condition.passed && condition.checkable !== false).length;
  if (failed > 0 || passed === false) {
    const missing = unchecked === 0 ? '' : `, ${unchecked} not checkable`;
    return { tone: 'bad', text: `${failed} of ${plural(conditions.length, 'consistency condition')} FAILED${missing}` };
  }
  if (unchecked > 0) {
    const held = conditions.length - unchecked;
    return {
      tone: 'doubtful',
      text: `${held} of ${plural(conditions.length, 'consistency condition')} hold, ${unchecked} not checkable`,
    };
  }
  if (passed === true) return { tone: 'good', text: `all ${plural(conditions.length, 'consistency condition')} hold` };
  if (!config.check) return { tone: 'doubtful', text: 'consistency was not checked: switched off for this run' };
  return cluster.scope === 'local'
    ? { tone: 'doubtful', text: 'consistency is checked by the process with shard 0' }
    : {
        tone: 'doubtful',
        text: `consistency was not checked: ${consistency.unchecked?.reason ?? 'the check could not run'}`,
      };
}

function judgeAudit({ audit }: RunResult): Judgement {
  const count = (verdict: string): number => audit.filter((row) => row.verdict === verdict).length;
  const [failed, passed, few] = [count('fail'), count('pass'), count('too few')];
  if (failed > 0)
    return { tone: 'bad', text: `${failed} of ${plural(audit.length, 'audited input')} outside the specification` };
  const short = few === 0 ? '' : `, ${few} with too few samples`;
  if (passed === 0) return { tone: 'doubtful', text: `no audited input has a verdict${short}` };
  return {
    tone: few > passed ? 'doubtful' : 'good',
    text: `${plural(passed, 'audited input')} within the specification${short}`,
  };
}

function judgeEnd(result: RunResult): Judgement {
  const end = describeEnd(result);
  if (end !== null) return { tone: 'doubtful', text: `ended ${end}` };
  const lost = result.cluster.lostShards.length;
  if (lost > 0) return { tone: 'bad', text: `${plural(lost, 'shard')} lost` };
  return { tone: 'good', text: 'ran its whole time' };
}

function judgeThresholds({ thresholds = [] }: RunResult): Judgement[] {
  if (thresholds.length === 0) return [];
  const failed = thresholds.filter(({ passed }) => !passed).length;
  if (failed > 0) return [{ tone: 'bad', text: `${failed} of ${plural(thresholds.length, 'threshold')} FAILED` }];
  return [
    {
      tone: 'good',
      text: thresholds.length === 1 ? 'the threshold holds' : `all ${thresholds.length} thresholds hold`,
    },
  ];
}

function judgeTransactions(result: RunResult): Judgement[] {
  const { totals } = result;
  const failures = describeFailures(totals.failedByReason);
  const drops = droppedFrames(result);
  const found: Judgement[] = [];
  if (failures !== null) found.push({ tone: 'doubtful', text: failures });
  if (drops > 0) found.push({ tone: 'bad', text: `${plural(drops, 'frame')} dropped` });
  const { crossShardPct, expectedCrossShardPct } = totals;
  if (expectedCrossShardPct > 0) {
    const near = Math.abs(crossShardPct - expectedCrossShardPct) < 0.5 + expectedCrossShardPct / 20;
    const text = `${formatPct(crossShardPct)}% cross-shard, expected ${formatPct(expectedCrossShardPct)}%`;
    found.push({ tone: near ? 'good' : 'doubtful', text });
  }
  return found;
}
