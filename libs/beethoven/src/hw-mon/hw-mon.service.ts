import { Inject, Injectable, Logger } from '@nestjs/common';
import { Subject, type Observable } from 'rxjs';
import { AllocatorService } from '../allocator/allocator.service.js';
import { DepartedRows } from '../allocator/departed-rows.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../beethoven.options.js';
import { CoreServerService } from '../core-server/core-server.service.js';
import { chore } from '../network/chores.js';
import { CLOCK, type Clock, type Timer } from '../network/clock.js';
import { RANDOM } from '../network/random.js';
import { integerBetween, type Random } from '../protocol/random.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import type { Table } from '../tables/table.js';
import { TableService } from '../tables/table.service.js';
import { HARDWARE, type Hardware, type HardwareReading, type IoRates } from './hardware.js';
import { isHardwareSample, loadOf, type HardwareSample } from './hardware-sample.js';
import { HwMonArchive } from './hw-mon.archive.js';

/**
 * A calm node tells the others its sample again after so long (ms): nodes that started together do not all tell it together for ever. Each time
 * wakes all of them, and is most of what an idle node does.
 */
const RETELL: readonly [Millis, Millis] = [25_000, 35_000];

/** A timer that is late by less is on time. */
const JITTER: Millis = 10;

/**
 * Of all samples together a node is told one in this time (ms), so each node tells a change after so much for every member: what a sample
 * costs the cluster grows with its square, and most on a busy machine, where every sample is a change.
 */
const SHARE: Millis = 50;

/** A change of so many points is told at once, or when the node's share allows it. */
const NOTICEABLE = { cpu: 5, ram: 2, utilisation: 0.05 };

/**
 * Samples what this process has of the machine, lets the samples count into the node's busy score, keeps them in the
 * {@link HwMonArchive}, and tells the other nodes.
 */
@Injectable()
export class HwMonService {
  readonly #logger = new Logger(HwMonService.name);
  readonly #samples = new Subject<HardwareSample>();
  /** What has failed and was logged. */
  readonly #failed = new Set<string>();
  #table: Table<HardwareSample> | undefined;
  #departed: DepartedRows<HardwareSample> | undefined;
  #timer: Timer | undefined;
  #running = false;
  #latest: HardwareSample | undefined;
  #told: HardwareSample | undefined;
  #tellAgain: Millis = 0;
  #rates: IoRates = {};
  #ratesDue: Millis = -Infinity;

  /** The samples of this node as they are taken. Completes when the node stops. */
  readonly samples$: Observable<HardwareSample> = this.#samples.asObservable();

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(HARDWARE) private readonly hardware: Hardware,
    private readonly coreServer: CoreServerService,
    private readonly tables: TableService,
    private readonly allocator: AllocatorService,
    private readonly archive: HwMonArchive,
  ) {}

  /** Begins to sample, unless `hwMon` is `false`; the samples of the others are known in either case. */
  start(): void {
    const table = this.tables.open<HardwareSample>({
      name: 'beethoven.hw',
      key: 'node',
      columns: [
        'node',
        'cpu',
        'ram',
        'coreCount',
        'availableCpu',
        'availableRamMb',
        'totalRamMb',
        'eventLoop',
        'diskIo',
        'netIo',
        'at',
      ],
    });
    this.#table = table;
    this.#departed = new DepartedRows(table, this.coreServer, this.clock);
    this.#departed.start();
    const { hwMon } = this.options;
    if (hwMon === false) return;
    this.#running = true;
    this.hardware.start();
    this.#wait(hwMon.interval);
  }

  /** Ends the sampling. The last sample stays with the others until they see this node leave. */
  stop(): void {
    this.#departed?.stop();
    this.#timer?.cancel();
    this.#running = false;
    this.#table = undefined;
    this.#samples.complete();
  }

  /** This node's last sample; `undefined` before the first one, and for good when `hwMon` is `false`. */
  latest(): HardwareSample | undefined {
    return this.#latest;
  }

  /**
   * The last sample of every live node that samples, by node id. Those of other nodes are up to 35 s old, or in clusters of more than 700
   * nodes 50 ms for each; a change of 5 points of CPU or event loop, or 2 of memory, is told at once where there are fewer than 20 nodes, and
   * otherwise 50 ms for each node after the sample that was told before.
   */
  cluster(): ReadonlyMap<NodeId, HardwareSample> {
    const samples = new Map<NodeId, HardwareSample>();
    for (const { id, self } of this.coreServer.nodes()) {
      const sample = self ? this.#latest : this.#table?.get(id);
      if (isHardwareSample(sample)) samples.set(id, sample);
    }
    return samples;
  }

  #wait(interval: Millis): void {
    this.#timer = chore(this.clock, interval, (late) => {
      this.#wait(interval);
      this.#sample(late);
    });
  }

  /** @param lateness how long the timer of this sample had to wait (ms): a look at the event loop that costs nothing */
  #sample(lateness: Millis): void {
    const at = this.clock.now();
    if (at >= this.#ratesDue) void this.#measureRates(at);
    const reading = this.#read();
    if (reading === undefined) return;
    const sample: HardwareSample = Object.freeze({
      node: this.coreServer.self.id,
      ...loadOf(reading),
      eventLoop: { utilisation: reading.utilisation, delay: lateness < JITTER ? 0 : lateness },
      ...this.#rates,
      at,
    });

    this.#latest = sample;
    this.archive.record('cpu', at, sample.cpu);
    this.archive.record('ram', at, sample.ram);
    this.#tell(sample);
    this.#samples.next(sample);
  }

  #read(): HardwareReading | undefined {
    try {
      return this.hardware.sample();
    } catch (error) {
      this.#failure('CPU, memory and the event loop', error);
      return undefined;
    }
  }

  async #measureRates(now: Millis): Promise<void> {
    this.#ratesDue = now + this.hardware.ioPace;
    try {
      const rates = await this.hardware.ioRates();
      if (!this.#running) return;
      this.#rates = rates;
    } catch (error) {
      if (!this.#running) return;
      this.#rates = {};
      this.#failure('disk and network', error);
    }
    const { diskIo, netIo } = this.#rates;
    const at = this.clock.now();
    if (diskIo) this.archive.record('disk_io', at, diskIo.read + diskIo.written);
    if (netIo) this.archive.record('net_io', at, netIo.received + netIo.sent);
  }

  /** Once for each kind: it will fail again at the next sample, and nobody needs a line a second. */
  #failure(what: string, error: unknown): void {
    if (this.#failed.has(what)) return;
    this.#failed.add(what);
    this.#logger.warn(`Cannot measure ${what}; the figures stay absent: ${String(error)}`);
  }

  #signal(name: string, value: number): void {
    this.allocator.send({ name, weight: 1, type: 'percent', value });
  }

  /** The score follows as the table does: each noise of a calm node would else be a message to every other one. */
  #tell(sample: HardwareSample): void {
    const told = this.#told;
    const share = SHARE * this.coreServer.nodes().length;
    // The other side of a partition removes it, and a restarted node finds the sample of its former life.
    const isThere = told !== undefined && this.#table?.get(sample.node)?.at === told.at;
    if (isThere) {
      const due = changed(told, sample) ? told.at + share : this.#tellAgain;
      if (sample.at < due) return;
    }
    this.#told = sample;
    this.#tellAgain = sample.at + Math.max(share, integerBetween(this.random, ...RETELL));
    this.#table?.put(sample);
    this.#signal('beethoven_cpu', sample.cpu);
    this.#signal('beethoven_ram', sample.ram);
    this.#signal('beethoven_event_loop', sample.eventLoop.utilisation * 100);
  }
}

function changed(before: HardwareSample, after: HardwareSample): boolean {
  return (
    Math.abs(after.cpu - before.cpu) >= NOTICEABLE.cpu ||
    Math.abs(after.ram - before.ram) >= NOTICEABLE.ram ||
    Math.abs(after.eventLoop.utilisation - before.eventLoop.utilisation) >= NOTICEABLE.utilisation
  );
}
