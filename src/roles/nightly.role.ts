import { Role, type OnRoleStart, type RoleContext } from 'nestjs-beethoven';

/** The job that must not run twice: one node works through it until it is told to stop. */
@Role({ name: 'nightly', instances: 1 })
export class NightlyRole implements OnRoleStart {
  onRoleStart({ signal }: RoleContext): void {
    const beat = setInterval(() => this.work(), 1_000);
    signal.addEventListener('abort', () => clearInterval(beat));
  }

  private work(): void {
    // Whatever only one node may do.
  }
}
