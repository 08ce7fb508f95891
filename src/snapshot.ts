/** What one node sees of its cluster, as it tells the demo that started it. */
export interface Snapshot {
  readonly kind: 'snapshot';
  readonly self: string;
  readonly nodes: readonly string[];
  readonly roles: readonly {
    readonly role: string;
    readonly count: number;
    readonly nodes: readonly string[];
  }[];
  readonly scores: readonly { readonly node: string; readonly score: number }[];
}

/** Something that happened on one node, with the moment on the clock that all processes of this machine share (ms). */
export interface Happening {
  readonly kind: 'happening';
  readonly at: number;
  readonly self: string;
  readonly type: string;
  /** The role or the node that it happened to. */
  readonly subject: string;
}

export const moment = (): number => Number(process.hrtime.bigint()) / 1e6;
