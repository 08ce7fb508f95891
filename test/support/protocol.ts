/** What a member process tells its parent, each with the moment at which it happened there (see `stamp`). */
export type Report =
  /** Modules are loaded; the application is about to be created. */
  | { readonly report: 'starting'; readonly at: number }
  /** Nest has constructed the providers and calls their first hooks: the application starts. */
  | { readonly report: 'assembled'; readonly at: number }
  /** The application is up: its Beacon listens. */
  | { readonly report: 'started'; readonly at: number; readonly id: string }
  | { readonly report: 'ready'; readonly at: number; readonly mode: string }
  | { readonly report: 'failed'; readonly at: number; readonly message: string }
  | {
      readonly report: 'node';
      readonly at: number;
      readonly type: string;
      readonly node: string;
      /** Live members as this node sees them after the event. */
      readonly live: readonly string[];
    }
  | {
      readonly report: 'role';
      readonly at: number;
      readonly type: 'start' | 'stop' | 'stopped';
      readonly role: string;
      readonly slot: number;
      readonly epoch: number;
    }
  | { readonly report: 'allocate'; readonly at: number; readonly node: string }
  | {
      readonly report: 'state';
      readonly at: number;
      readonly live: readonly string[];
      readonly roles: readonly { readonly role: string; readonly nodes: readonly string[] }[];
      readonly running: readonly { readonly role: string; readonly epoch: number }[];
      readonly cpu: { readonly user: number; readonly system: number };
      readonly rss: number;
    };

/** What a parent asks of a member process. */
export type Command =
  | { readonly command: 'state' }
  /** Makes this node as busy as `value` (a preProcessed signal). */
  | { readonly command: 'busy'; readonly value: number }
  /** Reports `allocate` each time that the least busy node is another. */
  | { readonly command: 'follow-allocate' }
  /** Blocks the event loop for so long (ms). */
  | { readonly command: 'block'; readonly ms: number }
  | { readonly command: 'collect-garbage' };

/** How a member process is told what to be: JSON in the environment variable `MEMBER`. */
export interface MemberSpec {
  /** `false`: the same application without the module. */
  readonly beethoven: Record<string, unknown> | false;
  readonly roles: readonly {
    readonly name: string;
    readonly instances: number;
    readonly handoff?: 'stop-first' | 'start-first';
  }[];
}
