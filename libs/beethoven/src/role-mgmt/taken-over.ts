import { Observable, filter, firstValueFrom, merge, startWith, takeUntil } from 'rxjs';
import type { CoreServerService } from '../core-server/core-server.service.js';
import type { Clock } from '../network/clock.js';
import { isSlot, type Slot } from '../protocol/roles/slot.js';
import type { Millis } from '../protocol/terms.js';
import type { Table } from '../tables/table.js';

/** How long a holder goes on beside a successor that does not get up (ms). */
const PATIENCE: Millis = 10_000;

/**
 * Resolves once a slot that was given away runs at its new holder; also when that holder gives it up or dies, for then the
 * ordinary failover is at work, and when patience is over.
 */
export async function takenOver(
  id: string,
  slots: Table<Slot>,
  coreServer: CoreServerService,
  clock: Clock,
): Promise<void> {
  const decided = (): boolean => {
    const slot = slots.get(id);
    if (!isSlot(slot) || slot.holder === null || !coreServer.isLive(slot.holder)) return true;
    return slot.holder !== coreServer.self.id && slot.state === 'running';
  };
  const patienceOver$ = new Observable<void>((subscriber) => {
    const timer = clock.setTimer(PATIENCE, () => subscriber.next());
    return () => timer.cancel();
  });
  await firstValueFrom(
    merge(slots.watch(), coreServer.membership$).pipe(
      startWith(undefined),
      filter(decided),
      takeUntil(patienceOver$),
    ),
    { defaultValue: undefined },
  );
}
