/** How the run was configured: in words as the console has it, and the whole resolved configuration as data. */
import type { RunResult } from '../../bench/result.ts';
import { describeDatabases } from '../database-facts.ts';
import { durabilityFacts } from '../durability-section.ts';
import {
  describeCluster,
  describeHost,
  describeLoad,
  describeMeasurement,
  describeMix,
  describePacing,
  describePlacement,
  describeTransport,
  sendsMessages,
} from '../headline.ts';
import { describeEfficiency, describeMemory, hasTpmC } from '../totals-section.ts';
import { type Markup, markup } from './markup.ts';
import { renderFacts } from './table.ts';

export function renderConfiguration(result: RunResult): Markup {
  const { config } = result;
  const options = Object.entries(config.workload.options).map(([name, value]) => `${name} ${value}`);
  const placement = describePlacement(config.placement);
  const facts: [string, string][] = [
    ['dbtest', result.dbtestVersion],
    ['started', result.startedAt],
    ['seed', String(result.seed)],
    ['host', describeHost(result)],
    ['cluster', describeCluster(result)],
    ...(sendsMessages(result) ? [['transport', describeTransport(result)] as [string, string]] : []),
    ...describeDatabases(result),
    ...(placement === null ? [] : [['placement', placement] as [string, string]]),
    ['pacing', describePacing(config.pacing)],
    ['mix', describeMix(config.mix)],
    ...(options.length > 0 ? [['options', options.join(', ')] as [string, string]] : []),
    ['load', describeLoad(result)],
    ['measured', describeMeasurement(result)],
    ...(hasTpmC(result) ? [['efficiency', describeEfficiency(result)] as [string, string]] : []),
    ['memory', describeMemory(result)],
    ...durabilityFacts(result).map(([name, text]): [string, string] => [`durability, ${name}`, text]),
  ];
  return markup`<section id="configuration"><h2>Configuration</h2>
${renderFacts(facts)}
<details><summary>Resolved configuration as data</summary><pre>${JSON.stringify(config, null, 2)}</pre></details></section>
`;
}
