/** The settings of a SCEP endpoint, as they are stored with it and as the handler reads them. */
import { z } from 'zod';
import { presetNames, presets } from './presets.ts';

/**
 * What is left out is as the preset has it. What comes out of `parse` has every setting, is JSON, and comes out of `parse`
 * as it is.
 */
export const ScepSettings = z
  .strictObject({
    preset: z.enum(presetNames).default('generic'),
    recipient: z.enum(['ra', 'ca']).optional(),
    caCertificate: z.enum(['chain', 'single']).optional(),
    alongside: z.enum(['issuer', 'none']).optional(),
    sha1: z.boolean().optional(),
    des3: z.boolean().optional(),
    des: z.boolean().optional(),
    /** Name of the authority that takes over: GetNextCACert tells clients of it. */
    nextAuthority: z.string().min(1).max(64).optional(),
  })
  .transform(({ preset, recipient, caCertificate, alongside, sha1, des3, des, nextAuthority }) => ({
    preset,
    recipient: recipient ?? presets[preset].recipient,
    caCertificate: caCertificate ?? presets[preset].caCertificate,
    alongside: alongside ?? presets[preset].alongside,
    sha1: sha1 ?? presets[preset].sha1,
    des3: des3 ?? presets[preset].des3,
    des: des ?? presets[preset].des,
    nextAuthority,
  }))
  .refine(({ recipient, caCertificate }) => caCertificate === 'chain' || recipient === 'ca', {
    path: ['caCertificate'],
    message:
      'cannot be one certificate alone, which tells clients of no RA beside the CA: set recipient to "ca", or caCertificate to "chain"',
  });

export type ScepSettings = z.output<typeof ScepSettings>;
/** As an administrator writes them. */
export type ScepSettingsInput = z.input<typeof ScepSettings>;
