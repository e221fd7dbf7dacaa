/** Texts that name CPUs as the kernel, `taskset` and `--cpu-list` write them: `0,2-5,8`. */
import { usageFault } from '../../errors.ts';

/** More CPUs than any kernel is built for; it keeps a typing error from becoming a list of a billion numbers. */
const CPU_LIMIT = 65_536;
const LONGEST_SHOWN = 40;

const ACCEPTED = 'give numbers of CPUs and ranges of them, separated by commas, each CPU once: 0,2-5,8';

/**
 * The value of `--cpu-list`: distinct CPU numbers in the order given.
 * @param allowedCpus what this process may use; null where the system does not say
 * @throws OperatingFault USAGE that names what is wrong
 */
export function readCpuListOption(text: string, allowedCpus: readonly number[] | null): number[] {
  const { cpus, problem } = parseCpuList(text);
  if (problem !== null) throw usageFault(`--cpu-list: ${problem}; ${ACCEPTED}`);
  if (allowedCpus === null) return cpus;
  const others = cpus.filter((cpu) => !allowedCpus.includes(cpu));
  if (others.length === 0) return cpus;
  const named = `CPU${others.length > 1 ? 's' : ''} ${formatCpuList(others)}`;
  throw usageFault(`--cpu-list: this process may not use ${named}; give some of ${formatCpuList(allowedCpus)}`);
}

/** Distinct CPU numbers in the order given, or in one line what is wrong. */
export function parseCpuList(text: string): { cpus: number[]; problem: string | null } {
  const cpus = new Set<number>();
  const fault = (problem: string) => ({ cpus: [], problem });
  for (const part of text.split(',')) {
    const match = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    if (match === null) return fault(`${shown(part)} is neither a CPU number nor a range`);
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) return fault(`the range ${shown(part)} ends before it begins`);
    if (last >= CPU_LIMIT) return fault(`${shown(part)} goes beyond the highest possible CPU, ${CPU_LIMIT - 1}`);
    for (let cpu = first; cpu <= last; cpu++) {
      if (cpus.has(cpu)) return fault(`CPU ${cpu} is given twice`);
      cpus.add(cpu);
    }
  }
  return { cpus: [...cpus], problem: null };
}

/** The shortest text for the set of these CPUs, ascending: `0,2-5,8`. */
export function formatCpuList(cpus: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const cpu of cpus.toSorted((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range !== undefined && cpu <= range.last + 1) range.last = cpu;
    else ranges.push({ first: cpu, last: cpu });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

const shown = (part: string): string =>
  JSON.stringify(part.length > LONGEST_SHOWN ? `${part.slice(0, LONGEST_SHOWN)}…` : part);
