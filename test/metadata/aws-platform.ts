import { randomUUID } from 'node:crypto';
import type { Question, Reply } from './metadata-server.js';

/** What an EC2 instance is told by its metadata service, version 2: built from the public documentation. */
export class AwsPlatform {
  readonly #tokens = new Set<string>();
  spotAction: { action: string; time: string } | undefined;
  rebalance: { noticeTime: string } | undefined;

  /** As if the time of all session tokens were over. */
  expireTokens(): void {
    this.#tokens.clear();
  }

  answer({ method, path, headers }: Question): Reply {
    if (path === '/latest/api/token') {
      if (method !== 'PUT') return { status: 405 };
      const seconds = Number(headers['x-aws-ec2-metadata-token-ttl-seconds']);
      if (!(seconds >= 1 && seconds <= 21_600)) return { status: 400 };
      const token = randomUUID();
      this.#tokens.add(token);
      return { body: token };
    }
    if (!this.#tokens.has(headers['x-aws-ec2-metadata-token'] as string)) return { status: 401 };
    const pages: Record<string, unknown> = {
      '/latest/meta-data/spot/instance-action': this.spotAction,
      '/latest/meta-data/events/recommendations/rebalance': this.rebalance,
    };
    const body = pages[path];
    return body === undefined ? { status: 404 } : { body };
  }
}
