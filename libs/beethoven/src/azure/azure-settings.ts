import { Logger } from '@nestjs/common';
import type { ResolvedOptions } from '../beethoven.options.js';
import type { Clock } from '../network/clock.js';
import type { Metadata } from '../network/metadata.js';
import { detectAzure, type Detection } from './detect-azure.js';

/** Injection token of what is known of Azure: a {@link Detection}. */
export const AZURE_DETECTION = Symbol('beethoven:azure-detection');

/** The label under which the other nodes see on which virtual machine a node runs. */
export const MACHINE_LABEL = 'beethoven.machine';

/** Asks whether this machine is one of Azure's, if the options want to know. */
export async function detection(
  { useAzNet, metadataEndpoint, clusterNet, clusterNetMask }: ResolvedOptions,
  metadata: Metadata,
  clock: Clock,
): Promise<Detection> {
  if (!useAzNet) return { azure: 'no_azure', why: 'useAzNet is false' };
  const found = await detectAzure((request) => metadata(metadataEndpoint, request), clock);
  if ('why' in found)
    new Logger('AzureService').warn(
      `useAzNet is set, but this machine is not known to be in Azure (${metadataEndpoint}: ${found.why}). Using ${clusterNet}/${clusterNetMask}; nobody will tell of evictions.`,
    );
  return found;
}

/** The options as Azure completes them: its subnet for the network, and the machine's name for the others to see. */
export function azureSettings(options: ResolvedOptions, { azure }: Detection): ResolvedOptions {
  if (azure === 'no_azure') return options;
  const { subnet, vm } = azure;
  return {
    ...options,
    clusterNet: subnet.address,
    clusterNetMask: subnet.prefix,
    labels: { ...options.labels, [MACHINE_LABEL]: vm },
  };
}
