import type { Host } from './namespace-network.js';

/** What the switch does to a frame, as a rule of nftables. */
export type Fault = string;

const ports = (hosts: readonly Host[]) => `{ ${hosts.map(({ port }) => `"${port}"`).join(', ')} }`;

/** Nothing passes from these hosts to those. */
export function oneWayCut(from: readonly Host[], to: readonly Host[]): Fault[] {
  return [`iifname ${ports(from)} oifname ${ports(to)} drop`];
}

/** Nothing passes between the sides. A host that is on none of them still reaches everybody. */
export function partition(...sides: readonly (readonly Host[])[]): Fault[] {
  return sides.flatMap((side) =>
    sides.filter((other) => other !== side).flatMap((other) => oneWayCut(side, other)),
  );
}

/** Each frame is lost with this probability (0 to 1), so an answer that needs two frames fails more often. */
export function loss(probability: number): Fault[] {
  return [`numgen random mod 1000 < ${Math.round(probability * 1_000)} drop`];
}

/** UDP does not pass, as behind many a firewall. */
export const withoutUdp: readonly Fault[] = ['ip protocol udp drop'];
