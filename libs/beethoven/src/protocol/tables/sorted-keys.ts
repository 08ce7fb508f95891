import { compareKeys } from './key-order.js';
import type { Key } from './row.js';

/** The most keys of a leaf, and the most children of a branch. */
const FULL = 64;
/** A leaf or branch with fewer joins a neighbour when both together have room. */
const SPARSE = 16;

interface Leaf {
  readonly keys: Key[];
}

interface Branch {
  /** `bounds[i]` is at most the least key below `children[i + 1]`, and above all those below `children[i]`. */
  readonly bounds: Key[];
  readonly children: Node[];
}

type Node = Leaf | Branch;

/** A set of keys in their order: a B+ tree. Adding, deleting and finding a place take the logarithm of its size. */
export class SortedKeys {
  #root: Node = { keys: [] };

  add(key: Key): void {
    const split = add(this.#root, key);
    if (split !== undefined)
      this.#root = { bounds: [split.bound], children: [this.#root, split.right] };
  }

  delete(key: Key): void {
    remove(this.#root, key);
    if ('children' in this.#root && this.#root.children.length === 1) {
      this.#root = this.#root.children[0] as Node;
    }
  }

  /** From the least key up, or from the first at (`exclusive`: after) `start`. What is added or deleted meanwhile does no harm. */
  *ascending(start?: Key, exclusive = false): IterableIterator<Key> {
    let page = above(this.#root, start, exclusive);
    while (page.length > 0) {
      yield* page;
      page = above(this.#root, page.at(-1), true);
    }
  }

  /** From the greatest key down, or from the first at (`exclusive`: before) `start`. */
  *descending(start?: Key, exclusive = false): IterableIterator<Key> {
    let page = below(this.#root, start, exclusive);
    while (page.length > 0) {
      yield* page;
      page = below(this.#root, page.at(-1), true);
    }
  }
}

/** The place of the first key that is not less than this one; with `after`, of the first that is greater. */
function placeOf(keys: readonly Key[], key: Key, after: boolean): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareKeys(keys[middle] as Key, key);
    if (order < 0 || (after && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @returns what has become of the node's upper part where it was full */
function add(node: Node, key: Key): { bound: Key; right: Node } | undefined {
  if ('keys' in node) {
    const { keys } = node;
    const at = placeOf(keys, key, false);
    if (keys[at] === key) return undefined;
    keys.splice(at, 0, key);
    if (keys.length <= FULL) return undefined;
    // Keys that only grow leave full leaves behind.
    const right = keys.splice(at === FULL ? FULL : FULL / 2);
    return { bound: right[0] as Key, right: { keys: right } };
  }
  const { bounds, children } = node;
  const at = placeOf(bounds, key, true);
  const split = add(children[at] as Node, key);
  if (split === undefined) return undefined;
  bounds.splice(at, 0, split.bound);
  children.splice(at + 1, 0, split.right);
  if (children.length <= FULL) return undefined;
  const half = children.length >>> 1;
  const right = { bounds: bounds.splice(half), children: children.splice(half) };
  return { bound: bounds.pop() as Key, right };
}

function remove(node: Node, key: Key): void {
  if ('keys' in node) {
    const at = placeOf(node.keys, key, false);
    if (node.keys[at] === key) node.keys.splice(at, 1);
    return;
  }
  const at = placeOf(node.bounds, key, true);
  const child = node.children[at] as Node;
  remove(child, key);
  if (sizeOf(child) >= SPARSE) return;
  join(node, at - 1);
  join(node, at);
}

/** Makes one of two neighbours where they fit into one. */
function join({ bounds, children }: Branch, at: number): void {
  const left = children[at];
  const right = children[at + 1];
  if (left === undefined || right === undefined || sizeOf(left) + sizeOf(right) > FULL) return;
  const [bound] = bounds.splice(at, 1);
  children.splice(at + 1, 1);
  if ('keys' in left) left.keys.push(...(right as Leaf).keys);
  else {
    left.bounds.push(bound as Key, ...(right as Branch).bounds);
    left.children.push(...(right as Branch).children);
  }
}

const sizeOf = (node: Node): number => ('keys' in node ? node.keys : node.children).length;

/** Some of the keys from a place up, in order; none only where there are none. */
function above(node: Node, start: Key | undefined, exclusive: boolean): Key[] {
  if ('keys' in node)
    return node.keys.slice(start === undefined ? 0 : placeOf(node.keys, start, exclusive));
  const { bounds, children } = node;
  for (
    let at = start === undefined ? 0 : placeOf(bounds, start, true);
    at < children.length;
    at++
  ) {
    const page = above(children[at] as Node, start, exclusive);
    if (page.length > 0) return page;
  }
  return [];
}

/** Some of the keys from a place down, the greatest first; none only where there are none. */
function below(node: Node, start: Key | undefined, exclusive: boolean): Key[] {
  if ('keys' in node) {
    const end = start === undefined ? node.keys.length : placeOf(node.keys, start, !exclusive);
    return node.keys.slice(0, end).toReversed();
  }
  const { bounds, children } = node;
  for (let at = start === undefined ? bounds.length : placeOf(bounds, start, true); at >= 0; at--) {
    const page = below(children[at] as Node, start, exclusive);
    if (page.length > 0) return page;
  }
  return [];
}
