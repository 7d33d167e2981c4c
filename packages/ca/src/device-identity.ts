/** What can be registered of a device beside its id: profiles write it into certificates, so it reads as what it is. */
import { z } from 'zod';
import { isReadable } from './name-policy.ts';
import { FieldName } from './profile/template.ts';

/** A word that can stand in a URI, a subject and an extension alike. */
const Word = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/,
    'use 1 to 64 letters, digits and . _ - with a letter or digit at both ends',
  );

export const DeviceRole = Word.meta({ description: 'What the device is for' });
export const DeviceSegment = Word.meta({ description: 'Where the device belongs: a plant, a network, a customer' });

const FieldValue = z.string().min(1).max(255).refine(isReadable, {
  error: 'a value has no blanks at its ends and no control, bidirectional or zero-width characters',
});

/** Further fields by name; a field with several values has blanks or commas between them. */
export const DeviceFields = z
  .record(FieldName, FieldValue)
  .refine((fields) => Object.keys(fields).length <= 64, { error: 'a device has at most 64 fields' })
  .meta({ description: 'What else profiles take from the registration, by name' });
