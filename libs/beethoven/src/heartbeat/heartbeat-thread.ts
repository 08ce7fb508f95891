import type { AgentSetup, FromAgent, ToAgent } from './heartbeat-agent.js';

/** A thread in which a {@link HeartbeatAgent} runs. */
export interface HeartbeatThread {
  post(message: ToAgent): void;
  /** Ends it; it says nothing more. */
  terminate(): void;
}

export interface ThreadListener {
  message(message: FromAgent): void;
  /** It has ended by itself, or could not be started. Nothing follows. */
  ended(why: string): void;
}

/** The port through which a second thread of execution comes in. */
export type StartHeartbeatThread = (setup: AgentSetup, listener: ThreadListener) => HeartbeatThread;

/** Injection token of {@link StartHeartbeatThread}. */
export const HEARTBEAT_THREAD = Symbol('beethoven:heartbeat-thread');

/** Gives the thread what authenticates its datagrams, as far as it is known when the thread starts. */
export function withBeatKeys(
  start: StartHeartbeatThread,
  security: { readonly beatKeys: readonly Uint8Array[] },
): StartHeartbeatThread {
  return (setup, listener) => start({ ...setup, keys: security.beatKeys }, listener);
}
