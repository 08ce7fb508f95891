import { RowShape } from './row-shape.js';

/** The most shapes of one table; rows beyond them are made column by column. */
export const MAX_SHAPES = 8;

/** The shapes in which rows of one table have come. */
export class RowShapes {
  readonly #shapes: RowShape[] = [];

  /** That of a row. */
  find(given: object): RowShape | undefined {
    for (const shape of this.#shapes) if (shape.matches(given)) return shape;
    return undefined;
  }

  /** That of these columns, which are known to be columns of the table. */
  of(columns: readonly string[]): RowShape | undefined {
    for (const shape of this.#shapes) if (areEqual(shape.columns, columns)) return shape;
    if (this.#shapes.length === MAX_SHAPES) return undefined;
    const shape = new RowShape(columns);
    this.#shapes.push(shape);
    return shape;
  }
}

function areEqual(ours: readonly string[], theirs: readonly string[]): boolean {
  return ours.length === theirs.length && ours.every((column, at) => column === theirs[at]);
}
