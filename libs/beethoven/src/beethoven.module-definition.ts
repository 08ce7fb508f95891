import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { BeethovenOptions } from './beethoven.options.js';

/** `BEETHOVEN_OPTIONS` injects the options as the application gave them. */
export const {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN: BEETHOVEN_OPTIONS,
  OPTIONS_TYPE,
  ASYNC_OPTIONS_TYPE,
} = new ConfigurableModuleBuilder<BeethovenOptions>()
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createBeethovenOptions')
  .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({
    ...definition,
    global: isGlobal,
  }))
  .build();
