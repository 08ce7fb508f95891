import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
} from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { httpMetadata } from './http-metadata.js';
import { MAX_METADATA } from './metadata.js';

let server: Server | TcpServer | undefined;

async function listen(made: Server | TcpServer): Promise<string> {
  server = made;
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}
const serve = (listener: RequestListener): Promise<string> => listen(createServer(listener));
const ask = (endpoint: string, timeout = 2_000) => httpMetadata(endpoint, { path: '/x', timeout });

afterEach(() => {
  if (server !== undefined && 'closeAllConnections' in server) server.closeAllConnections();
  server?.close();
  server = undefined;
});

describe('the metadata port over HTTP', () => {
  it('sends method, headers and body, and gives back status, headers and body', async () => {
    const endpoint = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.setHeader('Metadata-Flavor', 'Test');
        response.statusCode = 201;
        response.end(
          `${request.method} ${request.url} ${request.headers['metadata'] as string} ${Buffer.concat(chunks).toString()}`,
        );
      });
    });
    const answer = await httpMetadata(endpoint, {
      path: '/a?b=c',
      method: 'POST',
      headers: { Metadata: 'true' },
      body: 'hello',
      timeout: 2_000,
    });
    expect(answer).toMatchObject({ status: 201, body: 'POST /a?b=c true hello' });
    expect('headers' in answer && answer.headers['metadata-flavor']).toBe('Test');
  });

  it('does not follow a redirect', async () => {
    let visits = 0;
    const endpoint = await serve((_request, response) => {
      visits++;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await ask(endpoint)).toMatchObject({ status: 302 });
    expect(visits).toBe(1);
  });

  it('uses no proxy of the environment', async () => {
    const endpoint = await serve((request, response) => void response.end(request.url));
    process.env['HTTP_PROXY'] = process.env['http_proxy'] = 'http://127.0.0.1:9';
    try {
      expect(await ask(endpoint)).toMatchObject({ status: 200, body: '/x' });
    } finally {
      delete process.env['HTTP_PROXY'];
      delete process.env['http_proxy'];
    }
  });

  it('takes a refusal for a value', async () => {
    const endpoint = await serve(() => {});
    server?.close();
    expect(await ask(endpoint)).toEqual({ failed: 'unreachable' });
  });

  it.each([
    ['never answers', () => {}],
    [
      'sends its answer byte by byte, and never the last one',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        const drip = setInterval(() => response.write('x'), 10);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ] satisfies [string, RequestListener][])('gives up on one that %s', async (_what, listener) => {
    expect(await ask(await serve(listener), 100)).toEqual({ failed: 'timeout' });
  });

  it.each([
    ['hangs up half-way', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
    ['does not speak HTTP', '220 smtp ready\r\n'],
    [
      'switches protocols unasked',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    ],
  ])('takes one that %s for unreachable', async (_what, words) => {
    const endpoint = await listen(createTcpServer((socket) => void socket.end(words)));
    expect(await ask(endpoint)).toEqual({ failed: 'unreachable' });
  });

  it('does not read an answer without end', async () => {
    const block = Buffer.alloc(65_536);
    let written = 0;
    const endpoint = await serve((_request, response) => {
      const pour = (): void => {
        while (!response.destroyed) {
          written += block.length;
          if (!response.write(block)) break;
        }
      };
      response.on('drain', pour);
      pour();
    });
    expect(await ask(endpoint, 10_000)).toEqual({ failed: 'too-large' });
    expect(written).toBeLessThan(20 * MAX_METADATA);
  });

  it('ends when its signal says so, also before it has begun', async () => {
    const endpoint = await serve(() => {});
    const abort = new AbortController();
    const request = { path: '/', timeout: 60_000, signal: abort.signal };
    const answer = httpMetadata(endpoint, request);
    abort.abort();
    expect(await answer).toEqual({ failed: 'aborted' });
    expect(await httpMetadata(endpoint, request)).toEqual({ failed: 'aborted' });
  });
});
