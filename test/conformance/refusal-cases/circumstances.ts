/** Who asks, for which device, by which rules, and in which state the service is: what a request cannot show by itself. */
import { der } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { CaErrorCode, IssuedCertificate } from '@touchmark/ca';
import { encodeExtension, encodeGeneralNames, encodeName, parseName } from '@touchmark/x509';
import { testKeyPair } from '@touchmark/testkit';
import { createSoftwareSigner } from '@touchmark/crypto';
import { craftRequest, extensionRequest } from '../../support/crafted-request.ts';
import { createWorld, rightSecret, wrongSecret } from '../../support/enrollment-world.ts';
import type { WorldOptions } from '../../support/enrollment-world.ts';
import { checkNameConstraints, checkPathLength } from '../../../packages/ca/src/path-constraints.ts';
import { enrolling, throwing } from './case.ts';
import type { RefusalCase } from './case.ts';
import { changeSubjectName } from './names.ts';

const hour = 3_600_000;
const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);
const ahead = (milliseconds: number): Date => ago(-milliseconds);

const nobody = { password: undefined, certificateDer: undefined };
const device = (state: 'suspended' | 'retired' | 'active') => ({
  id: 'device-0042',
  state,
  role: undefined,
  segment: undefined,
  fields: {},
  createdAt: ago(hour),
});
const other = async () => createSoftwareSigner((await testKeyPair('ec-p256', 'second')).privateKey);

const waiting = {
  id: 'r-1',
  state: 'pending',
  reason: undefined,
  expiresAt: ahead(hour),
  decidedAt: undefined,
  approvedFor: undefined,
} as const;
/** Of the endpoint that requests are sent to here. */
const testedRules = { authorityId: 'issuing', profileName: 'tested', profileVersion: 1 };

/** Enrolls a device, then renews with its certificate, of which the registry says something else by then. */
function renewing(
  code: CaErrorCode,
  name: string,
  says: RegExp,
  change: Partial<IssuedCertificate>,
  options: WorldOptions = {},
  request: () => Promise<Uint8Array> = craftRequest,
  operation: 'simpleenroll' | 'simplereenroll' = 'simplereenroll',
): RefusalCase {
  return {
    code,
    name,
    says,
    provoke: async () => {
      const first = await createWorld({ ...options, rules: {}, facts: {} });
      const outcome = await first.enroll(await craftRequest());
      const [certificate] = first.issued;
      if (outcome.kind !== 'issued' || certificate === undefined)
        throw new Error('The certificate to renew was refused.');
      const facts = { certificate: { ...certificate, profileName: 'tested', ...change }, device: device('active') };
      const world = await createWorld({ ...options, facts: { ...facts, ...options.facts } });
      const credentials = { password: undefined, certificateDer: certificate.certificateDer };
      return world.enroll(await request(), {
        operation,
        kind: operation === 'simplereenroll' ? 'renewal' : 'enrollment',
        credentials,
      });
    },
  };
}

export const callerCases: readonly RefusalCase[] = [
  enrolling('credentialsMissing', 'no credentials', /enrollment secret/, craftRequest, {
    fields: { credentials: nobody },
  }),
  enrolling('credentialsNotAccepted', 'a secret where certificates are taken', /no enrollment secret/, craftRequest, {
    accepts: 'certificate',
  }),
  enrolling('secretWrong', 'a wrong secret', /not known/, craftRequest, {
    fields: { credentials: { password: { userName: '', value: wrongSecret }, certificateDer: undefined } },
  }),
  enrolling('secretSpent', 'a secret without a use left', /used already/, craftRequest, {
    secretFacts: { maxUses: 1, uses: 1 },
  }),
  enrolling('secretExpired', 'a secret of yesterday', /expired at/, craftRequest, {
    secretFacts: { expiresAt: ago(hour) },
  }),
  enrolling('secretRevoked', 'a revoked secret', /revoked/, craftRequest, { secretFacts: { revokedAt: ago(hour) } }),
  enrolling('secretLocked', 'a locked secret', /Try again in/, craftRequest, {
    secretFacts: { lockedUntil: ahead(hour) },
  }),
  enrolling('secretForAnotherEndpoint', 'a secret of another label', /not for the endpoint/, craftRequest, {
    secretFacts: { endpointLabel: 'elsewhere' },
  }),
  enrolling('secretForAnotherDevice', 'the secret of another device', /another device/, craftRequest, {
    secretFacts: { deviceId: 'device-0001' },
    fields: {
      credentials: { password: { userName: 'device-0042', value: rightSecret }, certificateDer: undefined },
    },
  }),
  enrolling('requestRejected', 'a request that an administrator rejected', /not of this plant/, craftRequest, {
    facts: {
      approval: { ...waiting, state: 'rejected', reason: 'not of this plant', decidedAt: ago(hour) },
    },
  }),
  enrolling('approvalExpired', 'a request that nobody approved in time', /Nobody approved/, craftRequest, {
    facts: { approval: { ...waiting, expiresAt: ago(hour) } },
  }),
  enrolling('approvalExpired', 'an approval of eight days ago', /too old/, craftRequest, {
    facts: { approval: { ...waiting, state: 'approved', decidedAt: ago(8 * 24 * hour), approvedFor: testedRules } },
  }),
  enrolling('approvalOutdated', 'an approval for another version of the profile', /other rules/, craftRequest, {
    facts: {
      approval: {
        ...waiting,
        state: 'approved',
        decidedAt: ago(hour),
        approvedFor: { ...testedRules, profileVersion: 2 },
      },
    },
  }),
  enrolling('certificateUnknown', 'a certificate of nobody', /not issued/, craftRequest, {
    fields: { credentials: { password: undefined, certificateDer: der.sequence() } },
  }),
  renewing('certificateExpired', 'an expired certificate', /expired at/, { notAfter: ago(hour) }),
  renewing('certificateNotYetValid', 'a certificate of tomorrow', /not valid yet/, { notBefore: ahead(hour) }),
  renewing('certificateRevoked', 'a revoked certificate', /revoked/, {
    revocation: { revokedAt: ago(hour), reason: 'superseded', invalidityDate: undefined },
  }),
  renewing('certificateHeld', 'a certificate on hold', /hold/, {
    revocation: { revokedAt: ago(hour), reason: 'certificateHold', invalidityDate: undefined },
  }),
  renewing('certificateForAnotherEndpoint', 'a certificate of another profile', /not of the kind/, {
    profileName: 'server',
  }),
  renewing(
    'keyBlocked',
    'a certificate whose key is compromised',
    /client certificate/,
    {},
    {
      facts: { certificateKeyCompromised: true },
    },
  ),
  renewing(
    'keyBlockedByOperator',
    'a certificate whose key is blocked',
    /client certificate/,
    {},
    {
      facts: { certificateKeyBlocked: true },
    },
  ),
  enrolling('endpointUnknown', 'a label that there is not', /nowhere/, craftRequest, {
    fields: { endpointLabel: 'nowhere' },
  }),
];

const named =
  (...commonNames: readonly string[]) =>
  (): Promise<Uint8Array> =>
    craftRequest({ subject: encodeName(commonNames.map((value) => ({ attribute: 'commonName', value }))) });

export const deviceCases: readonly RefusalCase[] = [
  enrolling('deviceNameMissing', 'no commonName', /no commonName/, named()),
  enrolling('deviceNameInvalid', 'a path', /cannot be the id/, named('../admin')),
  enrolling('deviceNameTooLong', '65 characters', /65 characters/, () =>
    craftRequest({
      subject: der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.utf8String('a'.repeat(65))))),
    }),
  ),
  enrolling('deviceNameAmbiguous', 'two commonNames', /several commonNames/, named('a', 'b')),
  enrolling('deviceUnknown', 'a device that is not registered any more', /not registered/, craftRequest, {
    secretFacts: { deviceId: 'device-0001' },
  }),
  enrolling('deviceSuspended', 'a suspended device', /suspended/, craftRequest, {
    facts: { device: device('suspended') },
  }),
  enrolling('deviceRetired', 'a retired device', /retired/, craftRequest, { facts: { device: device('retired') } }),
  enrolling('deviceAlreadyRegistered', 'a device that is in the field', /registered already/, craftRequest, {
    facts: { device: device('active') },
  }),
];

const renewalRules = (renewal: Readonly<Record<string, unknown>>): WorldOptions => ({ rules: { renewal } });

export const profileCases: readonly RefusalCase[] = [
  renewing('renewalTooEarly', 'a renewal on the first day', /renewed from/, {}, renewalRules({ enforceWindow: true })),
  renewing('renewSameKeyNotAllowed', 'the same key', /new key only/, {}, renewalRules({ sameKey: false })),
  renewing('rekeyNotAllowed', 'another key', /same key only/, {}, renewalRules({ rekey: false }), async () =>
    craftRequest({ signer: await other() }),
  ),
  renewing('changeSubjectNameNotAllowed', 'ChangeSubjectName', /ChangeSubjectName/, {}, {}, () =>
    craftRequest({ attributes: [changeSubjectName] }),
  ),
  renewing('renewalNamesDiffer', 'another subject', /subject/, {}, {}, named('somebody-else')),
  renewing('renewalSubjectAltNamesDiffer', 'one more name', /subjectAltName/, {}, {}, () =>
    craftRequest({
      attributes: [
        extensionRequest(
          encodeExtension('2.5.29.17', false, encodeGeneralNames([{ kind: 'dns', value: 'a.example' }])),
        ),
      ],
    }),
  ),
  renewing(
    'keyTooOld',
    'a key that was first certified a year ago',
    /first certified|certified/,
    {},
    {
      ...renewalRules({ maxKeyAgeSeconds: 86_400 }),
      facts: { key: { compromised: false, blocked: false, holders: [], firstCertifiedAt: ago(366 * 24 * hour) } },
    },
  ),
  enrolling('deviceFieldMissing', 'a device without the field that its names need', /needs/, craftRequest, {
    rules: { deviceFields: ['line'], subject: [{ attribute: 'commonName', value: '{device.line}' }] },
  }),
  enrolling('certificateLimitReached', 'one certificate more than the profile allows', /profile/, craftRequest, {
    guardFailure: 'certificateLimit',
  }),
  enrolling('outlivesIssuer', 'twenty years under an issuer of ten', /longer than its issuer/, craftRequest, {
    rules: { validity: { seconds: 20 * 366 * 86_400, backdateSeconds: 300 } },
  }),
];

export const serviceCases: readonly RefusalCase[] = [
  enrolling('endpointDisabled', 'a label that is switched off', /disabled/, craftRequest, { disabled: true }),
  enrolling('forbidden', 'a label of the root', /is a root/, craftRequest, { authorityId: 'root' }),
  enrolling('forbidden', 'a label of a profile of the service', /for the service itself/, craftRequest, {
    rules: { service: true, maxActiveCertificates: undefined },
  }),
  enrolling('authorityRetired', 'an authority that is retired', /retired/, craftRequest, { retired: true }),
  throwing('pathLengthExceeded', 'an authority below the last', /path length/, () =>
    checkPathLength({ remainingPathLength: 0, nameConstraints: [] }, 'issuing', undefined),
  ),
  throwing('nameConstraintViolated', 'a name outside of what is permitted', /permits|excludes/, () =>
    checkNameConstraints(
      {
        remainingPathLength: undefined,
        nameConstraints: [
          {
            authorityName: 'issuing',
            constraints: { permittedSubtrees: [], excludedSubtrees: [{ kind: 'dns', value: 'evil.example' }] },
          },
        ],
      },
      { subject: parseName(der.sequence()), subjectAltNames: [{ kind: 'dns', value: 'a.evil.example' }] },
    ),
  ),
  enrolling('notReady', 'a service that is starting', /not ready/, craftRequest, { gate: 'closed' }),
  enrolling('clockWentBack', 'a clock of yesterday', /clock/, craftRequest, { gate: 'clockWentBack' }),
  enrolling('registryUnavailable', 'a registry that is away', /registry/, craftRequest, {
    registryFails: new CaError(
      'registryUnavailable',
      'The registry does not answer. Nothing was issued. Try again later.',
    ),
  }),
  enrolling('internal', 'a fault', /failed to answer/, craftRequest, { registryFails: new Error('a bug') }),
];
