/** Why somebody was not let in, or not dialled, in a word for counting. */
export type HandshakeFault = keyof typeof TEXTS;

const TEXTS = {
  'no-secret': 'it shows no secret.',
  'wrong-secret': 'its secret is none of ours: a wrong `secret`, or another `clusterName`.',
  forged: 'it names the key of our secret and does not have it.',
  replay: 'what it sends was encrypted for another connection: a recording, or changed on the way.',
  'no-certificate': 'it shows no certificate.',
  expired: 'its certificate has expired.',
  'not-yet-valid': 'its certificate is not valid yet: one of the two clocks may be wrong.',
  'wrong-authority': 'its certificate was signed by another authority than `tls.ca`.',
  'bad-certificate':
    'its certificate is not one of a node: it must be good for clients and servers.',
  'not-tls': 'it does not speak TLS 1.3: a stranger, or a node without `secret` and `tls`.',
  silent: 'no handshake in time.',
  'not-understood': 'its handshake makes no sense.',
} as const;

/** For the log: nothing in it comes from the other end. */
export function describeFault(fault: HandshakeFault): string {
  return TEXTS[fault];
}

// The codes are OpenSSL's, in the spelling of Node.js: those of 3.0 (Node.js 20) and 3.5 (22 and later) where the two differ.
const BY_CODE: Readonly<Record<string, HandshakeFault>> = {
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: 'no-secret',
  ERR_SSL_SSLV3_ALERT_ILLEGAL_PARAMETER: 'wrong-secret',
  ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR: 'wrong-secret',
  ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC: 'replay',
  ERR_SSL_DIGEST_CHECK_FAILED: 'replay',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'no-certificate',
  ERR_SSL_HTTP_REQUEST: 'not-tls',
  ERR_SSL_HTTPS_PROXY_REQUEST: 'not-tls',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not-tls',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'not-tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'not-tls',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'silent',
};

const BY_VERDICT: Readonly<Record<string, HandshakeFault>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'wrong-authority',
  UNABLE_TO_GET_ISSUER_CERT: 'wrong-authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'wrong-authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'wrong-authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'wrong-authority',
  CERT_SIGNATURE_FAILURE: 'wrong-authority',
};

/** What OpenSSL says of a certificate. */
export function faultOfCertificate(verdict: string): HandshakeFault | undefined {
  return BY_VERDICT[verdict];
}

/** @param namedOurKey whether the other end named a key that this node has; `undefined` where it named none */
export function faultOf(code: string | undefined, namedOurKey?: boolean): HandshakeFault {
  if (code === 'ERR_SSL_BINDER_DOES_NOT_VERIFY') return namedOurKey ? 'forged' : 'wrong-secret';
  return BY_CODE[code ?? ''] ?? faultOfCertificate(code ?? '') ?? 'not-understood';
}
