import type { EvictionNotice } from './eviction-notice.js';

/** Why a node gives everything up. Whatever the reason, the same is done, in the same order, once. */
export type DrainReason =
  /** The application is closed, by a signal or by `app.close()`. */
  | { readonly cause: 'shutdown'; readonly signal?: string | undefined }
  /** The application asked for it: `drain()`. */
  | { readonly cause: 'request'; readonly detail?: string | undefined }
  /** The machine is to go. */
  | { readonly cause: 'eviction'; readonly notice: EvictionNotice };

/** For a log line. */
export function describeDrain(reason: DrainReason): string {
  switch (reason.cause) {
    case 'shutdown':
      return reason.signal ?? 'the application closes';
    case 'request':
      return reason.detail ?? 'the application asked for it';
    case 'eviction': {
      const { source, event, notBefore } = reason.notice;
      const when =
        notBefore === undefined ? '' : `, not before ${new Date(notBefore).toISOString()}`;
      return `${source} announces ${event}${when}`;
    }
  }
}
