import { resolveOptions } from '../../libs/beethoven/src/beethoven.options.schema.js';

/** The failure detection of somebody who has set nothing. */
export const { failureDetection: DEFAULTS } = resolveOptions({}, 'node');
