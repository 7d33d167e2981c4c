/** What certificates and CRLs have in common, so that one lint serves both. */
import type { AlgorithmIdentifier } from './algorithm-identifier.ts';
import type { Extensions, FrameExtensions } from './extensions.ts';
import type { GeneralName } from './general-name.ts';
import type { Name } from './name.ts';
import type { Time } from './time.ts';

/** What comes from the issuer, and is the same each time. */
export interface SignedFrame {
  readonly signature: AlgorithmIdentifier;
  readonly issuer: Name;
  readonly extensions: FrameExtensions;
}

export interface Signed extends SignedFrame {
  readonly names: readonly Name[];
  readonly times: readonly Time[];
  readonly alternativeNames: readonly GeneralName[];
  readonly extensions: Extensions;
}
