import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Fault } from './faults.js';
import { namespacesOf, removeNamespaces, uniquePrefix } from './namespaces.js';
import { ip, run } from './run.js';

/** A machine of its own, as far as its network goes. */
export interface Host {
  /** Where its processes run. */
  readonly namespace: string;
  readonly address: string;
  /** Its place at the switch. */
  readonly port: string;
}

export interface NetworkShape {
  readonly hosts: number;
  /** Prefix length of the range. @default 28 */
  readonly mask?: number;
  /** How long each frame is under way, one way (ms). Given, a switch in user space takes the bridge's place: no fault can be imposed. */
  readonly delay?: { readonly latency: number; readonly jitter: number };
}

const SWITCH_ENTRY = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/test/netns/slow-switch.js' : 'slow-switch.js',
    import.meta.url,
  ),
);

/**
 * Hosts in network namespaces, all at one switch, which is a namespace as well: nothing is left in the machine's own network,
 * and whoever removes the namespaces has removed everything. Needs root, iproute2 and nftables; with a delay also ethtool.
 */
export class NamespaceNetwork {
  /** The network address of the range that the hosts are in. */
  static readonly range = '10.77.0.0';

  readonly hosts: readonly Host[];
  readonly mask: number;
  readonly #prefix = uniquePrefix();
  readonly #switch = `${this.#prefix}switch`;
  #slowSwitch: ChildProcess | undefined;

  private constructor({ hosts, mask = 28 }: NetworkShape) {
    this.mask = mask;
    this.hosts = Array.from({ length: hosts }, (_, index) => ({
      namespace: `${this.#prefix}host${index + 1}`,
      address: `10.77.0.${index + 1}`,
      port: `port${index + 1}`,
    }));
  }

  static async create(shape: NetworkShape): Promise<NamespaceNetwork> {
    const network = new NamespaceNetwork(shape);
    try {
      await network.#build(shape);
    } catch (error) {
      await network.close();
      throw error;
    }
    return network;
  }

  /** Replaces, in one instant, whatever faults the switch had. */
  async impose(...faults: readonly Fault[]): Promise<void> {
    // Named first, so that there is always one to delete.
    await this.#rules(`
      table bridge faults
      delete table bridge faults
      table bridge faults {
        chain passing {
          type filter hook forward priority 0; policy accept;
          ${faults.join('\n')}
        }
      }`);
  }

  /** Every frame passes again. */
  async heal(): Promise<void> {
    await this.impose();
  }

  /** Pulls the host's cable: nothing tells anybody. */
  async unplug({ port }: Host): Promise<void> {
    await ip([`link set ${port} down`], this.#switch);
  }

  async plugIn({ port }: Host): Promise<void> {
    await ip([`link set ${port} up`], this.#switch);
  }

  /** Ends every process on the hosts, and takes the network away. */
  async close(): Promise<void> {
    this.#slowSwitch?.kill('SIGKILL');
    await removeNamespaces(namespacesOf(this.#prefix));
  }

  async #build({ delay }: NetworkShape): Promise<void> {
    const { hosts } = this;
    const names = [this.#switch, ...hosts.map(({ namespace }) => namespace)];
    await ip(names.map((name) => `netns add ${name}`));
    if (delay === undefined) await this.#connectToBridge();
    else await this.#connectToSlowSwitch(delay);
    await Promise.all(
      hosts.map(({ namespace, address }) =>
        ip(
          [`addr add ${address}/${this.mask} dev eth0`, 'link set lo up', 'link set eth0 up'],
          namespace,
        ),
      ),
    );
  }

  async #connectToBridge(): Promise<void> {
    // A bridge that learns who listens to which group would drop multicast that nobody has asked for yet.
    const bridge = ['link add bridge type bridge mcast_snooping 0', 'link set bridge up'];
    const cables = this.hosts.flatMap(({ namespace, port }) => [
      `link add ${port} type veth peer name eth0 netns ${namespace}`,
      `link set ${port} master bridge up`,
    ]);
    await ip([...bridge, ...cables], this.#switch);
  }

  /**
   * Many a kernel has no netem, so the delay is a program's: VXLAN hands it each frame in a datagram, with the number of the port.
   * It has a namespace of its own, since the kernel's end has the same UDP port.
   */
  async #connectToSlowSwitch({ latency, jitter }: Required<NetworkShape>['delay']): Promise<void> {
    const outside = `${this.#prefix}slow-switch`;
    await ip([`netns add ${outside}`]);
    await ip(
      [
        `link add trunk type veth peer name trunk netns ${outside}`,
        'addr add 192.0.2.2/30 dev trunk',
        'link set trunk mtu 1600 up',
        ...this.hosts.flatMap(({ namespace, port }, index) => [
          `link add ${port} type vxlan id ${index + 1} remote 192.0.2.1 dstport 4789 nolearning`,
          `link set ${port} netns ${namespace} name eth0`,
        ]),
      ],
      this.#switch,
    );
    await ip(['addr add 192.0.2.1/30 dev trunk', 'link set trunk mtu 1600 up'], outside);
    for (const { namespace } of this.hosts) {
      // Checksums that are left to the hardware would never be made: no hardware sees these frames.
      const offload = ['ethtool', '-K', 'eth0', 'tx', 'off'];
      await run('ip', ['netns', 'exec', namespace, ...offload]);
    }
    this.#slowSwitch = fork(SWITCH_ENTRY, [latency, jitter, this.hosts.length].map(String), {
      execPath: 'ip',
      execArgv: ['netns', 'exec', outside, process.execPath],
    });
    await once(this.#slowSwitch, 'message');
  }

  async #rules(text: string): Promise<void> {
    await run('ip', ['netns', 'exec', this.#switch, 'nft', '-f', '-'], text);
  }
}
