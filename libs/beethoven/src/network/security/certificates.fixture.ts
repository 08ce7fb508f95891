import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { Certificate } from './certificate-credentials.js';

const DAY = 86_400_000;

/** A certificate authority for specs. Source of the encodings: RFC 5280; ITU-T X.690 for DER. */
export class TestAuthority {
  readonly #pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #pem: string;
  #serial = 0;

  constructor(private readonly name: string) {
    this.#pem = this.#certify(name, this.#pair.publicKey, -1, 1, true);
  }

  get pem(): string {
    return this.#pem;
  }

  /** A node's credentials, valid between two days from now. */
  issue(name: string, fromDay = -1, toDay = 1): Record<keyof Certificate, string> {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return {
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      cert: this.#certify(name, publicKey, fromDay, toDay, false),
      ca: this.#pem,
    };
  }

  #certify(name: string, key: KeyObject, fromDay: number, toDay: number, isCa: boolean): string {
    const day = (offset: number): Buffer => time(new Date(Date.now() + offset * DAY));
    const content = sequence(
      tagged(0xa0, tagged(0x02, Buffer.of(2))),
      tagged(0x02, Buffer.of(++this.#serial)),
      ECDSA_WITH_SHA256,
      nameOf(this.name),
      sequence(day(fromDay), day(toDay)),
      nameOf(name),
      key.export({ type: 'spki', format: 'der' }),
      tagged(0xa3, sequence(basicConstraints(isCa))),
    );
    const signature = sign('sha256', content, this.#pair.privateKey);
    const bits = tagged(0x03, Buffer.concat([Buffer.of(0), signature]));
    const base64 = sequence(content, ECDSA_WITH_SHA256, bits).toString('base64');
    const lines = (base64.match(/.{1,64}/g) ?? []).join('\n');
    return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  }
}

function tagged(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const long = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...(length < 128 ? [length] : long)]), content]);
}

function sequence(...parts: Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function nameOf(commonName: string): Buffer {
  const attribute = sequence(
    Buffer.from('0603550403', 'hex'),
    tagged(0x0c, Buffer.from(commonName)),
  );
  return sequence(tagged(0x31, attribute));
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return tagged(0x17, Buffer.from(digits.slice(2)));
}

function basicConstraints(isCa: boolean): Buffer {
  const value = isCa ? sequence(Buffer.from('0101ff', 'hex')) : sequence();
  return sequence(Buffer.from('0603551d13', 'hex'), Buffer.from('0101ff', 'hex'), tagged(4, value));
}

const ECDSA_WITH_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
