import { request as httpRequest, type IncomingMessage } from 'node:http';
import { MAX_METADATA, type Metadata, type MetadataAnswer } from './metadata.js';

/**
 * Asks over HTTP. Each question has a connection and an agent of its own, so that no proxy that the process was told to use comes
 * between: all three clouds forbid it.
 */
export const httpMetadata: Metadata = (endpoint, question) =>
  new Promise((resolve) => {
    const { path, method = 'GET', headers = {}, body, timeout, signal } = question;
    const settle = (answer: MetadataAnswer): void => {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', abort);
      resolve(answer);
      request.destroy();
    };
    const abort = (): void => settle({ failed: 'aborted' });
    const broken = (): void => settle({ failed: 'unreachable' });
    const request = httpRequest(new URL(path, endpoint), { method, headers, agent: false });
    const deadline = setTimeout(() => settle({ failed: 'timeout' }), timeout);

    request.on('response', (response) => read(response, settle));
    request.on('error', broken);
    request.on('close', broken); // also an upgrade that nobody asked for ends here
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    else request.end(body);
  });

function read(response: IncomingMessage, settle: (answer: MetadataAnswer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_METADATA) settle({ failed: 'too-large' });
    else chunks.push(chunk);
  });
  response.on('error', () => settle({ failed: 'unreachable' }));
  response.on('end', () => {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(response.headers))
      headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
    const body = Buffer.concat(chunks).toString();
    settle({ status: response.statusCode ?? 0, headers, body });
  });
}
