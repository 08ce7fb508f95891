export { InvalidDegradationError } from '../errors/invalid-degradation.error.js';
export type { Cut } from './cuts.js';
export type { Degradation, LongTail } from './degradation.js';
export { SimulatedCluster, type Links, type SimulatedClusterOptions } from './simulated-cluster.js';
