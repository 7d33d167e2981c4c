/** What certificates and CRLs have in common, so that one lint serves both. */
import type { AlgorithmIdentifier } from './algorithm-identifier.ts';
import type { Extensions } from './extensions.ts';
import type { GeneralName } from './general-name.ts';
import type { Name } from './name.ts';
import type { Time } from './time.ts';

export interface Signed {
  readonly signature: AlgorithmIdentifier;
  readonly issuer: Name;
  readonly names: readonly Name[];
  readonly times: readonly Time[];
  readonly alternativeNames: readonly GeneralName[];
  readonly extensions: Extensions;
}
