/** Routes of profiles: their versions, what differs, what a change would do, and putting one in force. */
import { diffRules, profileJsonSchema } from '@touchmark/ca';
import { z } from 'zod';
import { actOf, linkToNext, pageOfQuery } from '../act.ts';
import { checkRevision, entityTag } from '../precondition.ts';
import { jsonRoute } from '../route.ts';
import { pageOf } from '../schemas/common.ts';
import {
  ActivateBody,
  AddVersionBody,
  CreateProfileBody,
  PreviewBody,
  Profile,
  ProfileDiffQuery,
  ProfileParams,
  ProfilePreview,
  ProfileVersion,
  ProfileVersionParams,
  ProfileVersionQuery,
  ProfileVersionSummary,
  RuleChange,
  showChange,
  showPreview,
  showProfile,
  showVersion,
  showVersionSummary,
} from '../schemas/profile.ts';

const tag = 'profiles';
const params = ProfileParams;
const tagged = ({ revision }: { readonly revision: number }) => ({ ETag: entityTag(revision) });

export const profileRoutes = [
  jsonRoute({
    name: 'listProfiles',
    method: 'GET',
    path: '/profiles',
    tag,
    summary: 'List profiles, each by the version in force',
    access: { kind: 'read', role: 'viewer' },
    response: pageOf(Profile),
    description: 'All profiles',
    handle: async (_, { services }) => ({ items: (await services.listProfiles()).map(showProfile), nextCursor: null }),
  }),
  jsonRoute({
    name: 'createProfile',
    method: 'POST',
    path: '/profiles',
    tag,
    summary: 'Create a profile; its first version is in force at once',
    access: { kind: 'act', role: 'administrator' },
    body: CreateProfileBody,
    status: 201,
    response: Profile,
    description: 'The profile',
    headers: (profile) => ({ ...tagged(profile), Location: `/api/v1/profiles/${profile.name}` }),
    handle: async ({ body: { name, rules, comment } }, context) =>
      showProfile(await context.services.createProfile(name, { rules, comment }, actOf(context))),
  }),
  jsonRoute({
    name: 'getProfile',
    method: 'GET',
    path: '/profiles/{name}',
    tag,
    summary: 'Show a profile by the version in force',
    access: { kind: 'read', role: 'viewer' },
    params,
    response: Profile,
    description: 'The profile; its ETag is for If-Match',
    headers: tagged,
    handle: async ({ params: { name } }, { services }) => showProfile(await services.getProfile(name)),
  }),
  jsonRoute({
    name: 'listProfileVersions',
    method: 'GET',
    path: '/profiles/{name}/versions',
    tag,
    summary: 'List the versions of a profile, newest first',
    access: { kind: 'read', role: 'viewer' },
    params,
    query: ProfileVersionQuery,
    response: pageOf(ProfileVersionSummary),
    description: 'One page of versions',
    headers: linkToNext,
    handle: async ({ params: { name }, query }, { services }) => {
      const { version: active } = await services.getProfile(name);
      const page = await services.listProfileVersions(name, pageOfQuery(query));
      return {
        items: page.items.map((version) => showVersionSummary(version, active)),
        nextCursor: page.nextCursor ?? null,
      };
    },
  }),
  jsonRoute({
    name: 'addProfileVersion',
    method: 'POST',
    path: '/profiles/{name}/versions',
    tag,
    summary: 'Add a version to a profile; it is in force only when that is asked for',
    access: { kind: 'act', role: 'administrator' },
    params,
    body: AddVersionBody,
    ifMatch: 'Changing a profile',
    status: 201,
    response: ProfileVersion,
    description: 'The version',
    headers: ({ name, version }) => ({ Location: `/api/v1/profiles/${name}/versions/${version}` }),
    handle: async ({ params: { name }, body }, context) => {
      const { services, seenRevision } = context;
      const act = actOf(context);
      const before = await services.getProfile(name);
      checkRevision(seenRevision, before.revision);
      const { version, revision } = await services.addProfileVersion(name, body, seenRevision, act);
      if (!body.activate) return showVersion(version, before.version);
      const activation = { version: version.version, acceptRefusals: body.acceptRefusals, seenRevision: revision };
      const after = await services.activateProfileVersion(name, activation, act);
      return showVersion(await services.getProfileVersion(name, version.version), after.version);
    },
  }),
  jsonRoute({
    name: 'getProfileVersion',
    method: 'GET',
    path: '/profiles/{name}/versions/{version}',
    tag,
    summary: 'Show a version of a profile',
    access: { kind: 'read', role: 'viewer' },
    params: ProfileVersionParams,
    response: ProfileVersion,
    description: 'The version; it never changes',
    handle: async ({ params: { name, version } }, { services }) => {
      const { version: active } = await services.getProfile(name);
      return showVersion(await services.getProfileVersion(name, version), active);
    },
  }),
  jsonRoute({
    name: 'diffProfile',
    method: 'GET',
    path: '/profiles/{name}/diff',
    tag,
    summary: 'List what differs between two versions of a profile',
    access: { kind: 'read', role: 'viewer' },
    params,
    query: ProfileDiffQuery,
    response: pageOf(RuleChange),
    description: 'The rules that differ',
    handle: async ({ params: { name }, query }, { services }) => {
      const { version, latestVersion } = await services.getProfile(name);
      const [before, after] = await Promise.all([
        services.getProfileVersion(name, query.from ?? version),
        services.getProfileVersion(name, query.to ?? latestVersion),
      ]);
      return { items: diffRules(before.rules, after.rules).map(showChange), nextCursor: null };
    },
  }),
  jsonRoute({
    name: 'previewProfile',
    method: 'POST',
    path: '/profiles/{name}/preview',
    tag,
    summary: 'What would happen if a version, or rules that are not stored, were in force; changes nothing',
    access: { kind: 'act', role: 'operator' },
    params,
    body: PreviewBody,
    response: ProfilePreview,
    description: 'Who is affected, and who would be refused',
    handle: async ({ params: { name }, body: { version, rules } }, { services }) => {
      const { latestVersion } = await services.getProfile(name);
      const candidate =
        rules === undefined
          ? ({ kind: 'version', version: version ?? latestVersion } as const)
          : ({ kind: 'rules', rules } as const);
      return showPreview(await services.previewProfile(name, candidate));
    },
  }),
  jsonRoute({
    name: 'activateProfile',
    method: 'POST',
    path: '/profiles/{name}/activate',
    tag,
    summary: 'Put a version of a profile in force, a newer or an older one',
    access: { kind: 'act', role: 'administrator' },
    params,
    body: ActivateBody,
    ifMatch: 'Changing a profile',
    response: Profile,
    description: 'The profile as it is now; other nodes follow within two seconds',
    headers: tagged,
    handle: async ({ params: { name }, body }, context) => {
      const { services, seenRevision } = context;
      checkRevision(seenRevision, (await services.getProfile(name)).revision);
      return showProfile(await services.activateProfileVersion(name, { ...body, seenRevision }, actOf(context)));
    },
  }),
  jsonRoute({
    name: 'getProfileSchema',
    method: 'GET',
    path: '/schemas/profile',
    tag,
    summary: 'The rules of a profile as JSON Schema 2020-12',
    access: { kind: 'authenticated' },
    response: z.record(z.string(), z.unknown()),
    description: 'The schema',
    handle: async () => ({ ...profileJsonSchema() }),
  }),
];
