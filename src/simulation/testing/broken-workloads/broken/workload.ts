/** Makes the folder one of a workload; the simulator's module is what matters. */
export default {};
