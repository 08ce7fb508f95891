import { constants } from 'node:crypto';

/**
 * Of both kinds of links. SHA-256 suites, because node:tls hands out pre-shared keys for no others; the key exchange of TLS 1.3 is always
 * ephemeral, so that a secret that leaks opens no recording. No tickets: with one, a node whose secret has been taken out could resume.
 */
export const TLS_SETTINGS = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256',
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;
