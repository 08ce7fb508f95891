/** Of the records of DNS, those that announce a service (RFC 1035, RFC 2782, RFC 6763). */
export type DnsRecord = RecordHead & (AddressRecord | PointerRecord | ServiceRecord | TextRecord);

interface RecordHead {
  readonly name: string;
  /** How long it is true (s); 0 takes it back. */
  readonly ttl: number;
  /** That there is no other of this name: whoever remembers one forgets it (RFC 6762, 10.2). */
  readonly flush?: boolean;
}

interface AddressRecord {
  readonly type: 'A';
  readonly data: string;
}

interface PointerRecord {
  readonly type: 'PTR';
  readonly data: string;
}

interface ServiceRecord {
  readonly type: 'SRV';
  readonly data: { readonly target: string; readonly port: number };
}

interface TextRecord {
  readonly type: 'TXT';
  /** Each at most 255 bytes of UTF-8. */
  readonly data: readonly string[];
}

/** What is said to everybody on a link. */
export type DnsMessage =
  | { readonly type: 'query'; readonly questions: readonly string[] }
  | { readonly type: 'response'; readonly records: readonly DnsRecord[] };
