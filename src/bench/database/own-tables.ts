/** Tables that the bench keeps beside a workload's, in every database of a run. */

/** What a load was made with, as names and values. */
export const LOAD_TABLE = 'dbtest_load';
/** Warehouses that are loaded, while a load goes on; 0 stands for what every database has. */
export const LOADED_WAREHOUSE_TABLE = 'dbtest_loaded_warehouse';
/** Names of transactions over several databases that are decided to commit. */
export const DECISION_TABLE = 'dbtest_decision';

export const OWN_TABLES = [LOAD_TABLE, LOADED_WAREHOUSE_TABLE, DECISION_TABLE] as const;
