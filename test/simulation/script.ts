import type { SplitBrainOptions } from 'nestjs-beethoven';
import type { Degradation } from 'nestjs-beethoven/testing';

/** A node by its number: node 3 is `n3`. A step about a node that is not there, or cannot do it now, does nothing. */
export type NodeNumber = number;

export const nameOf = (node: NodeNumber): string => `n${node}`;

/** What is done to the network. Times, here and below, are virtual milliseconds. */
export type NetworkFault =
  /** Nodes on no side see everyone. Partitions may overlap. */
  | {
      readonly kind: 'partition';
      readonly sides: readonly (readonly NodeNumber[])[];
      readonly for: number;
    }
  | { readonly kind: 'isolate'; readonly node: NodeNumber; readonly for: number }
  /** Cuts one way. */
  | {
      readonly kind: 'block';
      readonly node: NodeNumber;
      readonly to: readonly NodeNumber[];
      readonly for: number;
    }
  /** The links between these nodes are cut one by one, and restored one by one in another order. */
  | { readonly kind: 'swizzle'; readonly nodes: readonly NodeNumber[]; readonly for: number }
  /** What stands between them forgets their connections: neither end knows before it sends, and then gets this answer. */
  | {
      readonly kind: 'forget';
      readonly node: NodeNumber;
      readonly to: readonly NodeNumber[];
      readonly answer: 'reset' | 'silence';
    }
  /** Somebody who is no member connects to the node, sends these frames, and then nothing more. */
  | {
      readonly kind: 'noise';
      readonly node: NodeNumber;
      readonly says: readonly (readonly number[])[];
    }
  /** Ends every cut. */
  | { readonly kind: 'heal' }
  | { readonly kind: 'weather'; readonly is: Degradation }
  /** Weather on the way from this node to all others. */
  | { readonly kind: 'weather-from'; readonly node: NodeNumber; readonly is: Degradation };

/** What is done to a process. */
export type ProcessFault =
  | { readonly kind: 'crash'; readonly node: NodeNumber }
  /** Their machines go dark in one instant: nothing tells the others. */
  | { readonly kind: 'power-cut'; readonly nodes: readonly NodeNumber[] }
  /** Starts a node that has ended again, or a newcomer where there never was one. A start may take its time. */
  | { readonly kind: 'start'; readonly node: NodeNumber; readonly takes?: number }
  /** Its machine's clock is wrong: the offset (ms) from the node's next start on, the drift (ppm) at once. */
  | {
      readonly kind: 'clock';
      readonly node: NodeNumber;
      readonly offset: number;
      readonly drift: number;
    }
  /** Its event loop is blocked; its heartbeat thread goes on. */
  | { readonly kind: 'pause'; readonly node: NodeNumber; readonly for: number }
  /** All of it stands still, as after SIGSTOP. */
  | { readonly kind: 'freeze'; readonly node: NodeNumber; readonly for: number };

/** What the application of a node is asked to do; the run goes on meanwhile. */
export type Request =
  /** SIGTERM. */
  | { readonly kind: 'terminate'; readonly node: NodeNumber }
  /** SIGTERM, and a start of the second edition of the shop once it has ended. */
  | { readonly kind: 'upgrade'; readonly node: NodeNumber }
  | { readonly kind: 'drain'; readonly node: NodeNumber }
  /** The next starts of this role on the node throw. */
  | {
      readonly kind: 'sabotage';
      readonly node: NodeNumber;
      readonly role: string;
      readonly times: number;
    }
  | { readonly kind: 'release'; readonly node: NodeNumber; readonly role: string }
  /** A transaction that writes a row of its own. */
  | { readonly kind: 'order'; readonly node: NodeNumber }
  /** A transaction that counts one up. */
  | { readonly kind: 'count'; readonly node: NodeNumber; readonly counter: string }
  | { readonly kind: 'put'; readonly node: NodeNumber; readonly key: string }
  | { readonly kind: 'delete'; readonly node: NodeNumber; readonly key: string }
  | { readonly kind: 'signal'; readonly node: NodeNumber; readonly value: number };

export type Fault = NetworkFault | ProcessFault | Request;

/** What is done, and how long after the step before it (ms). */
export type Step = readonly [after: number, fault: Fault];

/** A whole run: everything that happens in it follows from this. */
export interface Script {
  /** Decides everything that chance decides in the cluster. */
  readonly seed: number;
  /** Nodes that are started at the beginning: `n1` and so on. */
  readonly nodes: number;
  /** Of every node; left out: `keep-all`. */
  readonly splitBrain?: SplitBrainOptions;
  /** How long after one node the next is started (ms). */
  readonly spread: number;
  readonly steps: readonly Step[];
}

/** As TypeScript, to be pasted into a spec. */
export function print({ seed, nodes, splitBrain, spread, steps }: Script): string {
  const lines = steps.map(([after, fault]) => `    [${after}, ${literal(fault)}],\n`);
  const strategy = splitBrain && `  splitBrain: ${literal(splitBrain)},\n`;
  return `{\n  seed: ${seed},\n  nodes: ${nodes},\n${strategy ?? ''}  spread: ${spread},\n  steps: [\n${lines.join('')}  ],\n}`;
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, one]) => `${key}: ${literal(one)}`);
    return `{ ${entries.join(', ')} }`;
  }
  return typeof value === 'string' ? `'${value}'` : String(value);
}
