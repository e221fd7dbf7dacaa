import type { Dialect } from '../../../../src/drivers/contract.ts';

/** Every dialect that statements are written in. */
export const DIALECTS: readonly Dialect[] = ['postgres', 'mysql', 'sqlite'];
