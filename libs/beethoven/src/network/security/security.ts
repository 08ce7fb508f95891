import { Logger } from '@nestjs/common';
import type { ResolvedOptions } from '../../beethoven.options.js';
import { certificateCredentials } from './certificate-credentials.js';
import { deriveKeys, type ClusterKeys } from './cluster-keys.js';
import type { Credentials } from './credentials.js';
import { pskCredentials } from './psk-credentials.js';
import { isWeakSecret } from './secret.js';

type SecurityOptions = Pick<ResolvedOptions, 'clusterName' | 'secret' | 'tls'>;

/** What keeps strangers out. Its keys are derived while the application starts, and known before the node listens. */
export class Security {
  readonly credentials: Promise<Credentials>;
  #keys: readonly ClusterKeys[] = [];

  constructor({ clusterName, secret, tls }: SecurityOptions) {
    const certificate = tls && certificateCredentials(tls);
    warnOfWeakness(secret);
    this.credentials = deriveKeys(secret, clusterName).then((keys) => {
      this.#keys = keys;
      const [first, ...others] = keys;
      if (certificate !== undefined) return certificate;
      if (first === undefined) throw new Error('Neither secret nor certificate.');
      return pskCredentials([first, ...others]);
    });
    this.credentials.catch(() => {}); // told to whoever listens
  }

  /** `undefined` where nothing was configured that could keep anybody out. */
  static of(options: SecurityOptions): Security | undefined {
    return options.secret.length > 0 || options.tls !== undefined
      ? new Security(options)
      : undefined;
  }

  /** For datagrams: the first for sending, all for receiving. None with certificates alone. */
  get beatKeys(): readonly Uint8Array[] {
    return this.#keys.map(({ beat }) => beat);
  }
}

/** Injection token of the {@link Security}; `undefined` stands for none. */
export const SECURITY = Symbol('beethoven:security');

function warnOfWeakness(secrets: readonly string[]): void {
  const place = secrets.findIndex(isWeakSecret);
  if (place < 0) return;
  const which = secrets.length === 1 ? '`secret`' : `\`secret[${place}]\``;
  new Logger(Security.name).warn(
    `${which} can be guessed by whoever records a handshake: use one of 22 random characters or more, such as generateSecret() makes.`,
  );
}
