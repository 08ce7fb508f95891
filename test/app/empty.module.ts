import 'reflect-metadata';
import { Module } from '@nestjs/common';

/** An application with nothing in it: what Nest costs by itself. */
@Module({})
export class EmptyModule {}
