import type { Millis } from '../protocol/terms.js';

/** One question to the metadata service of a cloud. */
export interface MetadataRequest {
  /** Path and query, from the slash on. */
  readonly path: string;
  /** @default 'GET' */
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange, the last byte of the answer included (ms). */
  readonly timeout: Millis;
  /** Ends the exchange early. */
  readonly signal?: AbortSignal;
}

/** What came of it. Whatever is no HTTP answer is a value too: outside its cloud, nobody listens at a metadata service's address. */
export type MetadataAnswer =
  | {
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | {
      /** `unreachable`: refused, no way there, or hung up half-way. `too-large`: over {@link MAX_METADATA}. */
      readonly failed: 'timeout' | 'unreachable' | 'too-large' | 'aborted';
    };

/** The port through which a cloud tells a machine about itself. Never rejects, and follows no redirect. */
export type Metadata = (endpoint: string, request: MetadataRequest) => Promise<MetadataAnswer>;

/** A longer answer is not read to its end (bytes): the description of a machine takes a few thousand. */
export const MAX_METADATA = 1_048_576;

/** The address at which Azure, AWS and Google each answer, reachable from the machine itself and from nowhere else. */
export const METADATA_ENDPOINT = 'http://169.254.169.254';

/** Injection token of the {@link Metadata} port. */
export const METADATA = Symbol('beethoven:metadata');

/** A machine of no cloud. */
export const noMetadata: Metadata = () => Promise.resolve({ failed: 'unreachable' });
