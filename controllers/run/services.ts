import type { KindServices } from '../../lib/app/kind-services.ts';
import type { UsageSampler } from './steps/usage-sampler.ts';

/** Everything a run works with. */
export interface RunServices extends KindServices {
  /** Measures what apps under test use. */
  usage: UsageSampler;
}
