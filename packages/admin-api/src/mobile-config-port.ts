/** What the administration interface needs for configuration profiles of Apple devices. */
import type { MobileConfigBody } from './schemas/mobile-config.ts';

export interface MobileConfigServices {
  /** XML. `conflict` where the endpoint is none of SCEP. */
  createMobileConfig(label: string, fields: MobileConfigBody): Promise<string>;
}
