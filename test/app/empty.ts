import { NestFactory } from '@nestjs/core';
import { EmptyModule } from './empty.module.js';

await NestFactory.createApplicationContext(EmptyModule, { logger: false });
process.exit(0);
