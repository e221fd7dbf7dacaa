/** The bank with a condition that never holds: what a simulation that fails looks like. */
import type { SimulatedWorkload } from '../../../contract.ts';
import { simulatedWorkloads } from '../../workloads.ts';

const bank = (await simulatedWorkloads()).get('bank') as SimulatedWorkload;

const broken: SimulatedWorkload = {
  ...bank,
  workload: {
    ...bank.workload,
    judge: () => [
      {
        id: 'broken',
        title: 'this never holds',
        passed: false,
        checkedRows: 1,
        violationCount: 1,
        violations: ['it does not hold'],
      },
    ],
  },
};

export default broken;
