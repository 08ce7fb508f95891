import type { Snapshot } from './snapshot.js';

/** Everything that the demo shows, whichever way it shows it. */
export interface Scene {
  /** What the node that is asked sees; none before the first node is up. */
  readonly snapshot: Snapshot | undefined;
  /** Newest last. */
  readonly events: readonly string[];
}

const SHOWN_EVENTS = 12;

const bold = (text: string) => `\u001B[1m${text}\u001B[22m`;
const dim = (text: string) => `\u001B[2m${text}\u001B[22m`;

/** Draws the scene as the lines of a terminal. */
export function draw({ snapshot, events }: Scene): string {
  const lines = [bold('nestjs-beethoven'), ''];
  if (snapshot === undefined) return [...lines, 'starting …'].join('\n');

  const scores = new Map(snapshot.scores.map(({ node, score }) => [node, score]));
  const width = Math.max(...snapshot.nodes.map(({ length }) => length));
  lines.push(bold(`nodes (${snapshot.nodes.length})`.padEnd(width + 4) + 'busy    roles'));
  for (const node of snapshot.nodes.toSorted()) {
    const held = snapshot.roles.filter(({ nodes }) => nodes.includes(node));
    const busy = scores.get(node)?.toFixed(2) ?? '–';
    lines.push(
      `  ${node.padEnd(width + 2)}${busy.padEnd(8)}${held.map(({ role }) => role).join(', ')}`,
    );
  }
  lines.push('', bold('roles'));
  for (const { role, count, nodes } of snapshot.roles)
    lines.push(`  ${role.padEnd(10)}${nodes.length} of ${count}`);
  lines.push('', bold('events'), ...events.map((event) => `  ${event}`));
  lines.push('', dim('Ctrl-C ends it'));
  return lines.join('\n');
}

const CLEAR = '\u001B[2J\u001B[H';

/** Redraws a terminal; where the output is none, prints each event as a plain line. */
export class Screen {
  #scene: Scene = { snapshot: undefined, events: [] };

  constructor(
    private readonly output: { readonly isTTY?: boolean; write(text: string): unknown },
  ) {}

  show(snapshot: Snapshot | undefined): void {
    this.#scene = { ...this.#scene, snapshot };
    this.redraw();
  }

  event(event: string): void {
    this.#scene = { ...this.#scene, events: [...this.#scene.events, event].slice(-SHOWN_EVENTS) };
    if (this.output.isTTY === true) this.redraw();
    else this.output.write(`${event}\n`);
  }

  private redraw(): void {
    if (this.output.isTTY === true) this.output.write(`${CLEAR}${draw(this.#scene)}\n`);
  }
}
