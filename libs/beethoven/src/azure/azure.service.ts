import { Inject, Injectable } from '@nestjs/common';
import type { AzureInstance, AzureSubnet } from './azure-instance.js';
import { AZURE_DETECTION } from './azure-settings.js';
import type { Detection } from './detect-azure.js';

/**
 * What Azure tells this machine about itself. Everything is `'no_azure'` on any other machine, and without `useAzNet: true`; it is
 * asked once, before the application starts, and answers from memory ever after.
 */
@Injectable()
export class AzureService {
  constructor(@Inject(AZURE_DETECTION) private readonly detection: Detection) {}

  /** This machine, as Azure describes it. */
  state(): AzureInstance | 'no_azure' {
    return this.detection.azure;
  }

  /** The IPv4 subnet of the primary network interface: where the Locator then looks for other nodes. */
  subnet(): AzureSubnet | 'no_azure' {
    const { azure } = this.detection;
    return azure === 'no_azure' ? azure : azure.subnet;
  }

  /** For example `'westeurope'`. */
  region(): string {
    const { azure } = this.detection;
    return azure === 'no_azure' ? azure : azure.region;
  }
}
