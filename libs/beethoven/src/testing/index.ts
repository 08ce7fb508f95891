export { SimulatedCluster, type SimulatedClusterOptions } from './simulated-cluster.js';
export type { Degradation } from './weather.js';
