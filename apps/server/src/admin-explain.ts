/** Explanations for administrators: a question in their words becomes one of the dry run, and so does an attempt of the past. */
import type { ExplainQuestion, ExplainServices, ProfileCandidate } from '@touchmark/admin-api';
import { CaError, compareToBeSigned, plainEndpoint } from '@touchmark/ca';
import type {
  Catalog,
  DryRun,
  EnrollmentAttempt,
  EnrollmentEndpoint,
  EnrollmentQuestion,
  Explanation,
  IssuedCertificate,
  PretendedCaller,
  Profile,
} from '@touchmark/ca';
import type { AdminRegistry } from '@touchmark/store';
import { commonNameOf, parseCertificate, parseCertificationRequest, subjectAltNamesOf } from '@touchmark/x509';
import { issuingAuthorityName } from './hierarchy.ts';

export interface AdminExplainDependencies {
  readonly admin: Pick<
    AdminRegistry,
    | 'findProfile'
    | 'getProfileVersion'
    | 'findVersionInForce'
    | 'findSecret'
    | 'getAttempt'
    | 'getCertificate'
    | 'findCertificateByFingerprint'
  >;
  readonly catalog: Catalog;
  readonly dryRun: DryRun;
}

export interface AdminExplain extends ExplainServices {
  /** The request of an attempt, judged by other rules: with a fresh credential, for who had one then may have spent it. */
  readonly judgeAnew: (attempt: EnrollmentAttempt, profile: Profile) => Promise<Explanation>;
  readonly resolveProfile: (name: string, candidate: ProfileCandidate | undefined) => Promise<Profile>;
}

/** Of rules that are not stored. */
const notStored = 0;

export function createAdminExplain({ admin, catalog, dryRun }: AdminExplainDependencies): AdminExplain {
  const resolveProfile = async (name: string, candidate: ProfileCandidate | undefined): Promise<Profile> => {
    if (candidate?.kind === 'version') return admin.getProfileVersion(name, candidate.version);
    if (candidate?.kind === 'rules') return { name, version: notStored, rules: candidate.rules };
    const profile = await admin.findProfile(name);
    if (profile === undefined) throw new CaError('notFound', `There is no profile "${name}".`);
    return profile;
  };
  const authorityNamed = (idOrName: string | undefined) => {
    const wanted = idOrName ?? issuingAuthorityName;
    const issuer = catalog.issuers.find(({ authority }) => authority.id === wanted || authority.name === wanted);
    if (issuer === undefined) throw new CaError('notFound', `There is no authority "${wanted}".`);
    return issuer.authority;
  };
  const endpointNamed = (label: string): EnrollmentEndpoint => {
    const endpoint = catalog.endpoints.find((candidate) => candidate.label === label);
    if (endpoint === undefined) throw new CaError('notFound', `There is no endpoint "${label}".`);
    return endpoint;
  };
  const certificateOf = async (question: ExplainQuestion): Promise<IssuedCertificate | undefined> => {
    if (question.caller.kind !== 'certificate') return undefined;
    const { reference } = question.caller;
    if (reference.kind === 'idOrSerialNumber') return admin.getCertificate(reference.value);
    const found = await admin.findCertificateByFingerprint(reference.sha256);
    if (found === undefined) throw new CaError('notFound', 'There is no certificate with this fingerprint.');
    return found;
  };
  const secretNamed = async (id: string) => {
    const secret = await admin.findSecret(id);
    if (secret === undefined) throw new CaError('notFound', `There is no enrollment secret "${id}".`);
    return secret;
  };
  /** Where devices would ask: the endpoint that was named, or one that is made up for the profile. */
  const endpointFor = async (
    question: ExplainQuestion,
    label: string | undefined,
    profileName: string | undefined,
    authorityId: string | undefined,
  ): Promise<EnrollmentEndpoint> => {
    const { candidate } = question;
    const chosen = question.authority === undefined ? undefined : authorityNamed(question.authority).id;
    if (label !== undefined) {
      const endpoint = endpointNamed(label);
      const profile = profileName === undefined ? endpoint.profile : await resolveProfile(profileName, candidate);
      return { ...endpoint, profile, authorityId: chosen ?? endpoint.authorityId };
    }
    if (profileName === undefined) {
      throw new CaError('invalidArgument', 'Say where it is asked for: an endpoint or a profile.');
    }
    return {
      label: '(none)',
      protocol: 'est',
      authorityId: chosen ?? authorityId ?? authorityNamed(undefined).id,
      profile: await resolveProfile(profileName, candidate),
      acceptsSecret: true,
      acceptsCertificate: true,
      ...plainEndpoint,
      enabled: true,
      revision: 0,
    };
  };

  const explainForDevice = async (question: ExplainQuestion, caller: PretendedCaller): Promise<Explanation> => {
    const certificate = caller.kind === 'certificate' ? caller.certificate : undefined;
    const label = question.endpointLabel ?? (caller.kind === 'secret' ? caller.secret.endpointLabel : undefined);
    const profileName = question.profileName ?? (label === undefined ? certificate?.profileName : undefined);
    const endpoint = await endpointFor(question, label, profileName, certificate?.authorityId);
    const kind = kindOf(question.operation) ?? (certificate === undefined ? 'enrollment' : 'renewal');
    const operation = operationOf(endpoint, kind);
    return dryRun.explainEnrollment({ endpoint, operation, kind, caller, requestDer: question.requestDer });
  };

  /** Step 2 of then. The remote address stays out of it: a lock of that address would only tell of itself. */
  const callerOf = async (attempt: EnrollmentAttempt): Promise<PretendedCaller> => {
    if (attempt.callerCertificateId !== undefined) {
      return { kind: 'certificate', certificate: await admin.getCertificate(attempt.callerCertificateId) };
    }
    const secret = attempt.secretId === undefined ? undefined : await admin.findSecret(attempt.secretId);
    return secret === undefined ? freshCallerOf(attempt) : { kind: 'secret', secret };
  };

  const profileOf = async (attempt: EnrollmentAttempt, rules: 'now' | 'then'): Promise<Profile> => {
    const name =
      attempt.profile?.name ??
      (attempt.endpointLabel === undefined ? undefined : endpointNamed(attempt.endpointLabel).profile.name);
    if (name === undefined) {
      throw new CaError('requestNotKept', 'It is not on record which profile the attempt was judged by.');
    }
    if (rules === 'now') return resolveProfile(name, undefined);
    const version = attempt.profile?.version ?? (await admin.findVersionInForce(name, attempt.at));
    if (version === undefined) {
      throw new CaError('requestNotKept', `The profile "${name}" was not there yet when the attempt was made.`);
    }
    return admin.getProfileVersion(name, version);
  };

  const judge = async (
    attempt: EnrollmentAttempt,
    profile: Profile,
    caller: PretendedCaller | undefined,
  ): Promise<Explanation> => {
    const { requestDer, endpointLabel, operation } = attempt;
    if (requestDer === undefined) {
      throw new CaError('requestNotKept', 'No request is kept with this attempt.');
    }
    if (endpointLabel === undefined || caller === undefined) {
      return dryRun.explainIssuance(await issuanceOf(attempt, requestDer, profile));
    }
    const endpoint = { ...endpointNamed(endpointLabel), profile };
    const kind = caller.kind === 'certificate' ? (kindOf(operation) ?? 'enrollment') : 'enrollment';
    return dryRun.explainEnrollment({
      endpoint,
      operation: operationOf(endpoint, kind),
      kind,
      caller,
      requestDer,
      possessionIsProven: attempt.protocol === 'scep',
    });
  };

  /** What a principal asked for besides the request is in the certificate that came of it, if one did. */
  const issuanceOf = async (attempt: EnrollmentAttempt, requestDer: Uint8Array, profile: Profile) => {
    const { certificateId, principal = '', deviceId } = attempt;
    const issued = certificateId === undefined ? undefined : await admin.getCertificate(certificateId);
    const names = issued === undefined ? undefined : parseCertificate(issued.certificateDer);
    const asked = names?.subject ?? parseCertificationRequest(requestDer).subject;
    return {
      protocol: attempt.protocol === 'system' ? 'system' : 'rest',
      principal,
      remoteAddress: undefined,
      profile,
      authorityName: authorityNamed(issued?.authorityId).name,
      requestDer,
      commonName: takesCommonName(profile) ? commonNameOf(asked) : undefined,
      subjectAltNames: names === undefined ? [] : subjectAltNamesOf(names),
      deviceId,
    } as const;
  };

  return {
    resolveProfile,

    async explain(question, act) {
      const { caller } = question;
      switch (caller.kind) {
        case 'device':
        case 'newDevice':
          return explainForDevice(question, caller);
        case 'secret':
          return explainForDevice(question, { kind: 'secret', secret: await secretNamed(caller.secretId) });
        case 'certificate': {
          const certificate = await certificateOf(question);
          if (certificate === undefined) throw new CaError('notFound', 'There is no such certificate.');
          return explainForDevice(question, { kind: 'certificate', certificate });
        }
        case 'principal': {
          if (question.profileName === undefined) {
            throw new CaError(
              'invalidArgument',
              'Say of which profile: a principal asks for a certificate of a profile.',
            );
          }
          return dryRun.explainIssuance({
            protocol: 'rest',
            principal: act.principal.name,
            remoteAddress: act.remoteAddress,
            profile: await resolveProfile(question.profileName, question.candidate),
            authorityName: authorityNamed(question.authority).name,
            requestDer: question.requestDer,
            commonName: caller.commonName,
            subjectAltNames: caller.subjectAltNames,
            deviceId: caller.deviceId,
          });
        }
      }
    },

    async replayAttempt(id, { rules, caller }) {
      const attempt = await admin.getAttempt(id);
      const profile = await profileOf(attempt, rules);
      const byDevice = attempt.endpointLabel !== undefined;
      const pretended = !byDevice ? undefined : caller === 'fresh' ? freshCallerOf(attempt) : await callerOf(attempt);
      const explanation = await judge(attempt, profile, pretended);
      const issued =
        attempt.certificateId === undefined ? undefined : await admin.getCertificate(attempt.certificateId);
      return {
        attempt,
        explanation,
        changed: isChanged(attempt, explanation),
        differences:
          issued === undefined || explanation.tbsCertificateDer === undefined
            ? []
            : compareToBeSigned(issued.certificateDer, explanation.tbsCertificateDer),
      };
    },

    judgeAnew: (attempt, profile) =>
      judge(attempt, profile, attempt.endpointLabel === undefined ? undefined : freshCallerOf(attempt)),
  };
}

type Kind = EnrollmentQuestion['kind'];

const kindsOfOperations: Partial<Readonly<Record<EnrollmentAttempt['operation'], Kind>>> = {
  simpleenroll: 'enrollment',
  PKCSReq: 'enrollment',
  simplereenroll: 'renewal',
  RenewalReq: 'renewal',
};

/** Undefined for what is no enrollment. */
function kindOf(operation: EnrollmentAttempt['operation'] | undefined): Kind | undefined {
  return operation === undefined ? undefined : kindsOfOperations[operation];
}

/** As the protocol of the endpoint calls it. */
function operationOf({ protocol }: EnrollmentEndpoint, kind: Kind): EnrollmentQuestion['operation'] {
  const names = {
    est: { enrollment: 'simpleenroll', renewal: 'simplereenroll' },
    scep: { enrollment: 'PKCSReq', renewal: 'RenewalReq' },
  } as const;
  return names[protocol][kind];
}

function freshCallerOf({ deviceId }: EnrollmentAttempt): PretendedCaller {
  return deviceId === undefined ? { kind: 'newDevice' } : { kind: 'device', deviceId };
}

/** A request that got a certificate and would get the same again is no change. */
function isChanged({ outcome, code }: EnrollmentAttempt, explanation: Explanation): boolean {
  if (outcome === 'issued') return explanation.outcome === 'refuse';
  return explanation.outcome !== 'refuse' || explanation.code !== code;
}

function takesCommonName({ rules }: Profile): boolean {
  return JSON.stringify([rules.subject, rules.subjectAltName]).includes('{request.commonName}');
}
