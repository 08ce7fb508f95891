import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

@Module({})
class EmptyModule {}

await NestFactory.createApplicationContext(EmptyModule, { logger: false });
process.exit(0);
