/** Routes of the challenges of endpoints, and of the profiles that bring them to devices. */
import { actOf } from '../act.ts';
import { emptyRoute, jsonRoute } from '../route.ts';
import {
  ChallengeTest,
  ChangedChallenge,
  DeriveChallengesBody,
  DerivedChallenges,
  SetChallengeBody,
} from '../schemas/challenge.ts';
import { EndpointParams } from '../schemas/endpoint.ts';
import { show } from './endpoints.ts';
import { MobileConfig, MobileConfigBody } from '../schemas/mobile-config.ts';

const tag = 'endpoints';

export const challengeRoutes = [
  jsonRoute({
    name: 'setChallenge',
    method: 'POST',
    path: '/endpoints/{label}/challenge',
    tag,
    summary: 'Set what is taken for a password beside enrollment secrets: static, derived, webhook, intune',
    access: { kind: 'act', role: 'administrator' },
    params: EndpointParams,
    body: SetChallengeBody,
    response: ChangedChallenge,
    description: 'It is in force; earlier ones are wrong',
    handle: async ({ params: { label }, body }, context) => {
      const { services } = context;
      const { endpoint, secret } = await services.setChallenge(label, body, actOf(context));
      return { endpoint: await show(endpoint, services), secret: secret ?? null };
    },
  }),
  emptyRoute({
    name: 'removeChallenge',
    method: 'DELETE',
    path: '/endpoints/{label}/challenge',
    tag,
    summary: 'Remove the challenge of an endpoint, with its key',
    access: { kind: 'act', role: 'administrator' },
    params: EndpointParams,
    description: 'Enrollment secrets alone are taken',
    handle: ({ params: { label } }, context) => context.services.removeChallenge(label, actOf(context)),
  }),
  jsonRoute({
    name: 'testChallenge',
    method: 'POST',
    path: '/endpoints/{label}/challenge/test',
    tag,
    summary: 'Find out whether challenges could be verified now: the key, and who is asked elsewhere',
    access: { kind: 'act', role: 'administrator' },
    params: EndpointParams,
    response: ChallengeTest,
    description: 'What was found',
    handle: ({ params: { label } }, context) => context.services.testChallenge(label, actOf(context)),
  }),
  jsonRoute({
    name: 'createMobileConfig',
    method: 'POST',
    path: '/endpoints/{label}/mobileconfig',
    tag,
    summary: 'Make a configuration profile with which an Apple device enrolls at a SCEP endpoint',
    access: { kind: 'act', role: 'operator' },
    params: EndpointParams,
    body: MobileConfigBody,
    response: MobileConfig,
    description: 'The profile; nothing of it is kept',
    handle: async ({ params: { label }, body }, { services }) => ({
      fileName: `${label}.mobileconfig`,
      mobileConfig: await services.createMobileConfig(label, body),
    }),
  }),
  jsonRoute({
    name: 'deriveChallenges',
    method: 'POST',
    path: '/endpoints/{label}/challenge/derive',
    tag,
    summary: 'Compute the challenges of devices at an endpoint with derived challenges',
    access: { kind: 'act', role: 'operator' },
    params: EndpointParams,
    body: DeriveChallengesBody,
    response: DerivedChallenges,
    description: 'One for each device, in the order given',
    handle: async ({ params: { label }, body: { deviceIds } }, context) => {
      const challenges = await context.services.deriveChallenges(label, deviceIds, actOf(context));
      return { items: deviceIds.map((deviceId, index) => ({ deviceId, challenge: challenges[index] ?? '' })) };
    },
  }),
];
