import { SHOP_ROLES, type RoleTerms } from '../shop/shop.roles.js';
import type { Life } from '../life.js';
import type { RoleLaws } from './role.laws.js';

/** Why the cluster is not one yet; `undefined` once all live nodes have the same members, the same roles and the same rows. */
export function discord(
  lives: readonly Life[],
  roles: RoleLaws,
  quorum: 'yes' | 'no',
): string | undefined {
  return members(lives) ?? holders(lives, roles, quorum) ?? rows(lives);
}

const idOf = ({ clerk, name }: Life): string => clerk?.coreServer.self.id ?? name;

function members(lives: readonly Life[]): string | undefined {
  const expected = lives.map(idOf).toSorted().join(', ');
  for (const life of lives) {
    const nodes = life.clerk?.coreServer.nodes() ?? [];
    const seen = nodes.map(({ id, status }) => (status === 'alive' ? id : `${id} (${status})`));
    const told = seen.toSorted().join(', ');
    if (told !== expected) return `${life.name} sees [${told}] where [${expected}] live`;
  }
  return undefined;
}

function holders(
  lives: readonly Life[],
  roles: RoleLaws,
  quorum: 'yes' | 'no',
): string | undefined {
  for (const [role, terms] of SHOP_ROLES) {
    const held = roles.holders(role);
    const nodes = held.map(({ life }) => idOf(life)).toSorted();
    const wanted = terms.needsQuorum && quorum === 'no' ? 0 : instancesOf(terms, lives);
    const where = `[${held.map(({ life, slot, epoch }) => `${life.name}: ${slot} (epoch ${epoch})`).join(', ')}]`;
    if (held.length !== wanted) return `${role} has holders ${where}, and should have ${wanted}`;
    if (new Set(nodes).size !== nodes.length) return `${role} runs twice on a node: ${where}`;
    for (const life of lives) {
      const status = life.clerk?.roleMgmt.roles().find((one) => one.role === role);
      const told = [...(status?.nodes ?? [])].toSorted();
      if (told.join() !== nodes.join())
        return `${life.name} says that ${role} runs on [${told.join(', ')}], and it runs on ${where}`;
    }
  }
  return undefined;
}

/** As many as the node wants that started last, on nodes that have the role. */
function instancesOf({ instances }: RoleTerms, lives: readonly Life[]): number {
  const able = lives.filter(({ edition }) => instances[edition] !== undefined);
  const newest = able.toSorted(byAge).at(-1);
  return Math.min(able.length, (newest && instances[newest.edition]) ?? 0);
}

function byAge(a: Life, b: Life): number {
  return a.startedAt - b.startedAt || (idOf(a) < idOf(b) ? -1 : 1);
}

function rows(lives: readonly Life[]): string | undefined {
  const [first, ...others] = lives;
  if (first === undefined) return undefined;
  const expected = content(first);
  for (const life of others) {
    for (const [table, text] of content(life)) {
      if (text !== expected.get(table))
        return `table ${table} of ${life.name} is ${text}, of ${first.name} ${expected.get(table)}`;
    }
  }
  return undefined;
}

function content({ clerk }: Life): Map<string, string> {
  const tables = clerk?.tables.tables() ?? [];
  return new Map(
    tables.map((table) => [
      table.name,
      [...(clerk?.tables.find(table.name)?.rows() ?? [])]
        .map((row) => JSON.stringify(Object.entries(row).toSorted(byName)))
        .toSorted()
        .join('\n'),
    ]),
  );
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
