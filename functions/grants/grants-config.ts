/** What of the configuration grants hang on. */
import type { Config } from '../config.ts';

export type GrantsConfig = Pick<Config, 'hub' | 'spokes' | 'grants'>;
