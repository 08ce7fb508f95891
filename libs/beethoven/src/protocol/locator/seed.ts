import { parseIpv4 } from '../ipv4.js';
import type { Target } from './target.js';

const HOST = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?$/i;

/**
 * Reads `host:port`, or a host alone, which then has the default port; a host is an IPv4 address or a DNS name.
 * `undefined` where the text is neither.
 */
export function parseSeed(text: string, defaultPort: number): Target | undefined {
  const [host, port, ...rest] = text.split(':');
  if (host === undefined || rest.length > 0 || !HOST.test(host)) return undefined;
  // No top-level domain is a number: this was meant to be an address.
  if (/(^|\.)\d+\.?$/.test(host) && parseIpv4(host) === undefined) return undefined;
  if (port === undefined) return { host, port: defaultPort };
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return { host, port: Number(port) };
}
