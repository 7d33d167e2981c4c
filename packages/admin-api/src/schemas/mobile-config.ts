/** A configuration profile for Apple devices, as the REST interface makes it. */
import { z } from 'zod';

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u, 'must be one line, without control characters');

export const MobileConfigBody = z.strictObject({
  commonName: line(64).meta({
    description: 'Of the request: the id of the device; or a variable of the management, e.g. %SerialNumber%',
  }),
  challenge: z.string().min(1).max(256).optional().meta({
    description: 'An enrollment secret, or the challenge of the endpoint; it is in the file in clear',
  }),
  keySize: z.union([z.literal(2048), z.literal(4096)]).default(2048),
  displayName: line(64).default('Device certificate'),
  organization: line(64).optional(),
  identifier: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,127}$/, 'use letters, digits and . -')
    .optional()
    .meta({ description: 'In reverse-DNS style; a profile of the same identifier replaces the one on the device' }),
});
export type MobileConfigBody = z.infer<typeof MobileConfigBody>;

export const MobileConfig = z
  .strictObject({ fileName: z.string(), mobileConfig: z.string().meta({ description: 'XML' }) })
  .meta({ id: 'MobileConfig' });
export type MobileConfig = z.infer<typeof MobileConfig>;
