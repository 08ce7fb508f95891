/** Deeper nesting than this is refused. */
export const MAX_DEPTH = 32;

/** More maps and arrays than this in one frame are refused: an empty one is a byte here and a hundred in memory. */
export const MAX_CONTAINERS = 262_144;

// The walk neither yields nor calls itself, so one set of marks serves every walk.
/** Values still to come, by depth; a key counts as one. */
const remaining = new Float64Array(MAX_DEPTH + 1);
const isMap = new Uint8Array(MAX_DEPTH + 1);

/**
 * Walks MessagePack bytes without decoding them. Only what a node of ours sends passes: one value, whole, with nothing after
 * it; plain types and no extensions (a decoder builds dates, regular expressions, and code for records from them); map keys
 * that are strings and not `__proto__`; and nothing that takes much more memory than bytes.
 *
 * @returns what is wrong, or `undefined`
 */
export function findFault(bytes: Uint8Array): string | undefined {
  let at = 0;
  let depth = 0;
  let containers = 0;
  remaining[0] = 1;
  isMap[0] = 0;

  for (;;) {
    while (remaining[depth] === 0) {
      if (depth === 0) return at === bytes.length ? undefined : 'something follows its end';
      depth--;
    }
    const left = remaining[depth] as number;
    remaining[depth] = left - 1;
    const isKey = isMap[depth] === 1 && left % 2 === 0;

    const type = bytes[at];
    if (type === undefined) return 'it ends early';
    at++;
    const kind = KINDS[type] as number;
    if (kind === REFUSED) {
      const isUndefined = type === 0xd4 && bytes[at] === 0 && bytes[at + 1] === 0;
      if (!isUndefined || isKey) return `type 0x${type.toString(16)} is not allowed`;
      at += 2;
      continue;
    }

    const width = WIDTHS[type] as number;
    let length = FIXED[type] as number;
    if (width > 0) {
      if (at + width > bytes.length) return 'it ends early';
      length = 0;
      for (let i = 0; i < width; i++) length = length * 256 + (bytes[at++] as number);
    }
    if (isKey) {
      if (kind !== TEXT) return 'a map key is no string';
      if (length === 9 && isProto(bytes, at)) return 'a map key is __proto__';
    }
    if (kind === PLAIN || kind === TEXT) {
      at += length;
      if (at > bytes.length) return 'it ends early';
      continue;
    }

    const values = kind === MAP ? length * 2 : length;
    if (values > bytes.length - at) return 'it ends early';
    if (++containers > MAX_CONTAINERS) return `more than ${MAX_CONTAINERS} maps and arrays`;
    if (values === 0) continue;
    if (++depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`;
    remaining[depth] = values;
    isMap[depth] = kind === MAP ? 1 : 0;
  }
}

const PLAIN = 0;
const TEXT = 1;
const ARRAY = 2;
const MAP = 3;
const REFUSED = 4;

/** What each first byte begins. */
const KINDS = new Uint8Array(256);
/** How many bytes of length follow it. */
const WIDTHS = new Uint8Array(256);
/** Its length where none follows: bytes, values or pairs. */
const FIXED = new Uint8Array(256);

function define(type: number, kind: number, width: number, fixed = 0): void {
  KINDS[type] = kind;
  WIDTHS[type] = width;
  FIXED[type] = fixed;
}

for (let i = 0; i < 16; i++) define(0x80 + i, MAP, 0, i);
for (let i = 0; i < 16; i++) define(0x90 + i, ARRAY, 0, i);
for (let i = 0; i < 32; i++) define(0xa0 + i, TEXT, 0, i);
define(0xc1, REFUSED, 0);
for (const [i, width] of [1, 2, 4].entries()) {
  define(0xc4 + i, PLAIN, width); // bytes
  define(0xc7 + i, REFUSED, 0); // extensions
  define(0xd9 + i, TEXT, width);
}
for (const [i, size] of [4, 8, 1, 2, 4, 8, 1, 2, 4, 8].entries()) define(0xca + i, PLAIN, 0, size); // numbers
for (let i = 0; i < 5; i++) define(0xd4 + i, REFUSED, 0); // extensions of a fixed size
for (const [i, width] of [2, 4].entries()) {
  define(0xdc + i, ARRAY, width);
  define(0xde + i, MAP, width);
}

const PROTO = Uint8Array.from('__proto__', (letter) => letter.charCodeAt(0));

function isProto(bytes: Uint8Array, at: number): boolean {
  return PROTO.every((byte, i) => bytes[at + i] === byte);
}
