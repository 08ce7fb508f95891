import { connect } from 'node:net';

/** Holds a socket to the port of its first argument until it is killed; as an empty Nest application if the second says so. */
const [port, kind] = process.argv.slice(2);
if (kind === 'nest') {
  const { NestFactory } = await import('@nestjs/core');
  const { EmptyModule } = await import('./empty.module.js');
  await NestFactory.createApplicationContext(EmptyModule, { logger: false });
}
connect(Number(port), '127.0.0.1').on('error', () => process.exit(1));
