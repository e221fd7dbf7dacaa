/**
 * Cycles of the dependency graph, from the kinds of edges that every isolation level forbids to those that only strict
 * serializability does. A component that holds transactions of a finding is not reported for a weaker reason again.
 */
import { type DependencyGraph, RT, RW, WR, WW } from './dependency-graph.ts';
import type { AnomalyName, Findings } from './findings.ts';
import type { Narrator } from './narrator.ts';
import type { Explained } from './read-checks.ts';
import { type Cycle, CycleFinder, type CycleForm, type TransactionTimes } from './shortest-cycle.ts';
import { type Components, strongComponents } from './strong-components.ts';

const DEPENDENCIES: readonly CycleForm[] = [
  { kinds: WW, hasOneAntiDependency: false },
  { kinds: WW | WR, hasOneAntiDependency: false },
  { kinds: WW | WR | RW, hasOneAntiDependency: true },
  { kinds: WW | WR | RW, hasOneAntiDependency: false },
];

const WITH_REAL_TIME = DEPENDENCIES.map((form) => ({ ...form, kinds: form.kinds | RT }));

/** @param isStrict whether real time counts; then the graph has its edges */
export function findCycles(
  graph: DependencyGraph,
  findings: Findings,
  narrator: Narrator,
  explained: Explained,
  times: TransactionTimes,
  isStrict: boolean,
): void {
  const suspects = strongComponents(graph, isStrict ? WW | WR | RW | RT : WW | WR | RW, null);
  if (suspects.count === 0) return;
  const finder = new CycleFinder(graph, times);
  const isExplained = new Uint8Array(graph.nodes);
  const search = (form: CycleForm) => {
    const components = strongComponents(graph, form.kinds, suspects);
    for (let component = 1; component <= components.count; component++) {
      if (holdsAny(components, component, isExplained)) continue;
      const cycle = finder.find(components, component, form);
      if (cycle === null) continue;
      for (const node of cycle.nodes) isExplained[node] = 1;
      findings.add(nameOf(cycle), () => narrator.cycle(cycle.nodes, cycle.kinds));
    }
  };
  for (const form of DEPENDENCIES) {
    if (form.kinds & RW) markAll(isExplained, explained.antiDependency);
    search(form);
  }
  if (!isStrict) return;
  markAll(isExplained, explained.realTime);
  for (const form of WITH_REAL_TIME) search(form);
}

/** The name that the edges of a cycle give it. */
function nameOf({ kinds }: Cycle): AnomalyName {
  const antiDependencies = kinds.filter((kind) => kind === 'rw').length;
  const suffix = kinds.includes('rt') ? '-realtime' : '';
  if (antiDependencies > 1) return `G2-item${suffix}`;
  if (antiDependencies === 1) return `G-single${suffix}`;
  return kinds.includes('wr') ? `G1c${suffix}` : `G0${suffix}`;
}

function holdsAny({ members, start }: Components, component: number, marked: Uint8Array): boolean {
  for (let i = start[component - 1]; i < start[component]; i++) if (marked[members[i]] === 1) return true;
  return false;
}

function markAll(marks: Uint8Array, more: Uint8Array): void {
  for (let i = 0; i < more.length; i++) marks[i] |= more[i];
}
