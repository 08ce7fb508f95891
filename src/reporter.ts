import { Injectable } from '@nestjs/common';
import {
  AllocatorService,
  CoreServerService,
  OnNodeUpdate,
  OnRoleUpdate,
  RoleMgmtService,
  type MembershipEvent,
  type RoleEvent,
} from 'nestjs-beethoven';
import { merge } from 'rxjs';
import { moment, type Happening, type Snapshot } from './snapshot.js';

/** Tells the process that started this node what the node sees. */
@Injectable()
export class Reporter {
  constructor(
    private readonly core: CoreServerService,
    private readonly roleMgmt: RoleMgmtService,
    private readonly allocator: AllocatorService,
  ) {}

  start(): void {
    merge(this.core.nodes$, this.roleMgmt.roles$, this.allocator.scores$).subscribe(() =>
      this.tell({
        kind: 'snapshot',
        self: this.core.self.id,
        nodes: this.core.nodes().map(({ id }) => id),
        roles: this.roleMgmt.roles(),
        scores: this.allocator.getAll(),
      }),
    );
  }

  @OnNodeUpdate()
  onNode({ type, node }: MembershipEvent): void {
    this.happened(type, node.id);
  }

  @OnRoleUpdate()
  onRole({ type, role, node }: RoleEvent): void {
    if (node === this.core.self.id) this.happened(type, role);
  }

  private happened(type: string, subject: string): void {
    this.tell({ kind: 'happening', at: moment(), self: this.core.self.id, type, subject });
  }

  private tell(message: Snapshot | Happening): void {
    process.send?.(message);
  }
}
