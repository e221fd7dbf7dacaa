export function checkPartition(): any { return {conditions: [], sums: {}}; }
