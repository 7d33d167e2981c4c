/** CRLs and CA certificates over plain HTTP: the URLs that certificates carry, and what servers download. */
import { encodePem } from '@touchmark/asn1';
import type { Authority, Clock, CrlRegistry, Issuer } from '@touchmark/ca';
import { createRouter } from '@touchmark/http';
import type { HttpHandler, HttpRequest, HttpResponse, Route } from '@touchmark/http';
import { answerWithCertificates, answerWithCrls, digestOf, notFound, unavailable } from './answers.ts';
import { CurrentCrls } from './current-crl.ts';
import type { ServedCrl } from './current-crl.ts';
import { trustPage } from './trust-page.ts';

export interface CrlHandlerDependencies {
  readonly registry: CrlRegistry;
  readonly clock: Clock;
  readonly authorities: AuthorityDirectory;
  /** Told when a CRL cannot be served; the client only learns that it is unavailable. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The authorities in memory; a `Catalog` is one. */
export interface AuthorityDirectory {
  readonly issuers: readonly Issuer[];
  findIssuerByName(name: string): Issuer | undefined;
  /** The issuer and its own issuers, up to the self-signed root. */
  chainOf(authorityId: string): readonly Issuer[];
}

/** All routes in one handler; a path of none of them is a 404. */
export function createCrlHandler(dependencies: CrlHandlerDependencies): HttpHandler {
  return createRouter(crlRoutes(dependencies));
}

export function crlRoutes(dependencies: CrlHandlerDependencies): Route[] {
  const { authorities, registry, clock } = dependencies;
  const currentCrls = new CurrentCrls(registry, clock);

  /** Runs `answer` for the authority that the path names. */
  const forAuthority =
    (
      answer: (
        request: HttpRequest,
        issuer: Issuer,
        parameters: Readonly<Record<string, string>>,
      ) => Promise<HttpResponse>,
    ) =>
    async (request: HttpRequest, parameters: Readonly<Record<string, string>>): Promise<HttpResponse> => {
      const issuer = authorities.findIssuerByName(parameters.ca ?? '');
      return issuer === undefined ? notFound(request) : answer(request, issuer, parameters);
    };

  const serveShard = async (request: HttpRequest, authority: Authority, shard: number): Promise<HttpResponse> => {
    const crl = await currentOrReport(dependencies, currentCrls, authority, shard);
    return crl === undefined
      ? unavailable(request)
      : answerWithCrls(request, clock.now(), [crl], 'application/pkix-crl', crl.tag, () => crl.crlDer);
  };

  return [
    {
      method: 'GET',
      pattern: '/pki/{ca}.crl',
      // Of a sharded authority this is shard 0, for the certificates from before it was sharded (see scope.ts).
      handler: forAuthority((request, { authority }) => serveShard(request, authority, 0)),
    },
    {
      method: 'GET',
      pattern: '/pki/{ca}/{shard}.crl',
      handler: forAuthority(async (request, { authority }, parameters) => {
        const shard = /^(?:0|[1-9][0-9]{0,4})$/.test(parameters.shard ?? '') ? Number(parameters.shard) : -1;
        const exists = authority.crlShards > 1 && shard >= 0 && shard < authority.crlShards;
        return exists ? serveShard(request, authority, shard) : notFound(request);
      }),
    },
    {
      method: 'GET',
      pattern: '/pki/{ca}/crl-chain.pem',
      handler: forAuthority(async (request, { authority }) => {
        const wanted = authorities.chainOf(authority.id).flatMap((issuer) => shardsOf(issuer.authority));
        const crls = await Promise.all(
          wanted.map(({ authority: owner, shard }) => currentOrReport(dependencies, currentCrls, owner, shard)),
        );
        // nginx refuses every client while one CRL of the chain is missing: rather keep the old file than get a part.
        if (!crls.every((crl) => crl !== undefined)) return unavailable(request);
        const tag = digestOf(crls.map((crl) => crl.tag).join());
        return answerWithCrls(request, clock.now(), crls, 'application/x-pem-file', tag, () =>
          crls.map((crl) => crl.pem()).join(''),
        );
      }),
    },
    {
      method: 'GET',
      pattern: '/pki/{ca}.cer',
      handler: forAuthority(async (request, { authority, certificate }) =>
        answerWithCertificates(
          request,
          clock.now(),
          authority.certificateDer,
          'application/pkix-cert',
          certificate.notBefore,
        ),
      ),
    },
    {
      method: 'GET',
      pattern: '/pki/{ca}/chain.pem',
      handler: forAuthority(async (request, { authority, certificate }) => {
        const chain = authorities.chainOf(authority.id);
        const pem = chain.map((issuer) => encodePem('CERTIFICATE', issuer.authority.certificateDer)).join('');
        return answerWithCertificates(
          request,
          clock.now(),
          pem,
          'application/pem-certificate-chain',
          certificate.notBefore,
        );
      }),
    },
    {
      method: 'GET',
      pattern: '/trust',
      handler: async (request) => {
        const roots = authorities.issuers.filter(({ authority }) => authority.kind === 'root');
        if (roots.length === 0) return unavailable(request);
        const newest = new Date(Math.max(...roots.map(({ certificate }) => certificate.notBefore.getTime())));
        return answerWithCertificates(request, clock.now(), trustPage(roots), 'text/plain; charset=utf-8', newest);
      },
    },
  ];
}

function shardsOf(authority: Authority): { readonly authority: Authority; readonly shard: number }[] {
  return Array.from({ length: authority.crlShards }, (_, shard) => ({ authority, shard }));
}

/** A registry that does not answer cannot say that a CRL is the newest: that is as good as none. */
async function currentOrReport(
  dependencies: CrlHandlerDependencies,
  currentCrls: CurrentCrls,
  authority: Authority,
  shard: number,
): Promise<ServedCrl | undefined> {
  try {
    return await currentCrls.find(authority, shard);
  } catch (error) {
    dependencies.onError?.(error);
    return undefined;
  }
}
