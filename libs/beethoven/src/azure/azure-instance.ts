import * as v from 'valibot';
import { Ipv4Range } from '../protocol/ipv4.js';

/** What Azure tells a virtual machine about itself; the part that matters here. */
export interface AzureInstance {
  /** The machine's name, as scheduled events call it. */
  readonly vm: string;
  /** For example `westeurope`. */
  readonly region: string;
  /** The availability zone; empty where the machine is in none. */
  readonly zone: string;
  /** The scale set that the machine belongs to; empty where it belongs to none. */
  readonly scaleSet: string;
  /** Whether Azure may take the machine back at 30 seconds' notice. */
  readonly spot: boolean;
  readonly subnet: AzureSubnet;
}

/** The IPv4 subnet of the primary network interface. */
export interface AzureSubnet {
  /** For example `10.0.4.0`. */
  readonly address: string;
  /** The length of the prefix: 8 to 32. */
  readonly prefix: number;
}

const word = v.pipe(v.string(), v.maxLength(256));
const name = v.pipe(word, v.minLength(1));

const document = v.object({
  compute: v.object({
    name,
    location: name,
    zone: v.optional(word, ''),
    vmScaleSetName: v.optional(word, ''),
    priority: v.optional(word, ''),
  }),
  network: v.object({
    interface: v.looseTuple([
      v.object({
        ipv4: v.object({ subnet: v.looseTuple([v.object({ address: name, prefix: name })]) }),
      }),
    ]),
  }),
});

/**
 * Reads the answer of Azure's instance metadata service. The first network interface is the primary one; in its JSON every value is text.
 * `undefined` for anything else: another cloud's answer, or a page of a captive portal.
 */
export function parseInstance(body: string): AzureInstance | undefined {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), document), body);
  if (!result.success) return undefined;
  const { compute, network } = result.output;
  const [{ address, prefix }] = network.interface[0].ipv4.subnet;
  if (Ipv4Range.parse(`${address}/${prefix}`) === undefined) return undefined;
  return {
    vm: compute.name,
    region: compute.location,
    zone: compute.zone,
    scaleSet: compute.vmScaleSetName,
    spot: compute.priority === 'Spot',
    subnet: { address, prefix: Number(prefix) },
  };
}
