/** Certificate policies that a profile asserts (RFC 5280 §4.2.1.4). */
import { z } from 'zod';
import { ObjectIdentifier } from './object-identifier.ts';

export const CertificatePolicy = z.strictObject({
  oid: ObjectIdentifier,
  /** Where the certification practice statement is. */
  cps: z
    .string()
    .max(255)
    .regex(/^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/, 'a CPS is named by an absolute URI in ASCII')
    .optional(),
  /** Text that is shown to a relying party. */
  userNotice: z.string().min(1).max(200).optional(),
});
export type CertificatePolicy = z.infer<typeof CertificatePolicy>;
