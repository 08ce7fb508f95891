import type { Question, Reply } from './metadata-server.js';

/** What a Compute Engine machine is told by its metadata server: built from the public documentation. */
export class GooglePlatform {
  preempted: 'TRUE' | 'FALSE' = 'FALSE';
  maintenance: 'NONE' | 'MIGRATE_ON_HOST_MAINTENANCE' | 'TERMINATE_ON_HOST_MAINTENANCE' = 'NONE';

  answer({ path, headers }: Question): Reply {
    const flavor = { 'Metadata-Flavor': 'Google' };
    if (headers['metadata-flavor'] !== 'Google' || headers['x-forwarded-for'] !== undefined)
      return { status: 403, headers: flavor };
    const pages: Record<string, string> = {
      '/computeMetadata/v1/instance/preempted': this.preempted,
      '/computeMetadata/v1/instance/maintenance-event': this.maintenance,
    };
    const body = pages[path];
    return body === undefined ? { status: 404, headers: flavor } : { body, headers: flavor };
  }
}
