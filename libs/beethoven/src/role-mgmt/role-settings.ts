import * as v from 'valibot';
import { RoleDefinitionError } from '../errors/role-definition.error.js';
import { MAX_INSTANCES } from '../protocol/roles/slot.js';
import type { RoleDefinition } from './role-definition.js';

const integer = (min: number, max: number) => {
  const wanted = `a whole number from ${min} to ${max}`;
  return v.pipe(
    v.number(wanted),
    v.integer(wanted),
    v.minValue(min, wanted),
    v.maxValue(max, wanted),
  );
};

const SAFETY = "'available' or 'quorum'; there is no external arbiter for 'lease' in this version";
const HANDOFF = "'stop-first' or 'start-first'";
const NAME = 'a name of 1 to 128 characters';

const schema = v.object(
  {
    name: v.pipe(
      v.string(NAME),
      v.minLength(1, NAME),
      v.maxLength(128, NAME),
      // It is a key in the offers that travel, and decoders guard against this one.
      v.notValue('__proto__', 'another name'),
    ),
    instances: v.optional(integer(1, MAX_INSTANCES), 1),
    args: v.optional(v.unknown()),
    safety: v.optional(v.picklist(['available', 'quorum'], SAFETY), 'available'),
    handoff: v.optional(v.picklist(['stop-first', 'start-first'], HANDOFF), 'stop-first'),
    restart: v.optional(
      v.object(
        {
          maxRestarts: v.optional(integer(0, 1_000), 3),
          within: v.optional(integer(1, 3_600_000), 5_000),
        },
        '{ maxRestarts, within }',
      ),
      {},
    ),
    stopTimeout: v.optional(integer(0, 3_600_000), 10_000),
  },
  // All but the name may be left out.
  ({ expected }) => (expected === '"name"' ? NAME : '{ name, instances, … }'),
);

/**
 * The options of a role with every default filled in.
 *
 * @throws {@link RoleDefinitionError} naming every bad option at once.
 */
export function roleSettings(
  className: string,
  options: unknown,
): Omit<RoleDefinition, 'className' | 'create'> {
  const result = v.safeParse(schema, options);
  if (!result.success) {
    const faults = result.issues.map(
      (issue) =>
        `${v.getDotPath(issue) ?? 'options'}: got ${issue.received}, wanted ${issue.message}`,
    );
    throw new RoleDefinitionError(className, faults);
  }
  const { safety, handoff } = result.output;
  if (safety === 'quorum' && handoff === 'start-first') {
    throw new RoleDefinitionError(className, [
      "handoff: got 'start-first', which runs two instances for a moment; wanted 'stop-first', as safety 'quorum' means never two",
    ]);
  }
  return { ...result.output, args: result.output.args };
}
