/** An OCSP response as two other implementations read it: @peculiar/asn1-ocsp for the fields, PKI.js for the signature. */
import { webcrypto } from 'node:crypto';
import { BasicOCSPResponse, OCSPResponse } from '@peculiar/asn1-ocsp';
import { AsnConvert } from '@peculiar/asn1-schema';
import { toHex } from '@touchmark/asn1';
import * as pkijs from 'pkijs';

export interface ReadSingle {
  readonly serial: string;
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly revokedAt: Date | undefined;
  readonly reason: number | undefined;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  readonly hashAlgorithm: string;
}

export interface ReadResponse {
  readonly status: number;
  readonly responderKeyHash: string | undefined;
  readonly producedAt: Date | undefined;
  readonly singles: readonly ReadSingle[];
  readonly certificates: number;
  readonly extensions: ReadonlyMap<string, string>;
}

const hex = (buffer: ArrayBuffer): string => toHex(new Uint8Array(buffer));

export function readResponse(responseDer: Uint8Array): ReadResponse {
  const response = AsnConvert.parse(responseDer, OCSPResponse);
  if (response.responseBytes === undefined) {
    return {
      status: response.responseStatus,
      responderKeyHash: undefined,
      producedAt: undefined,
      singles: [],
      certificates: 0,
      extensions: new Map(),
    };
  }
  const basic = AsnConvert.parse(response.responseBytes.response.buffer, BasicOCSPResponse);
  const data = basic.tbsResponseData;
  return {
    status: response.responseStatus,
    responderKeyHash: data.responderID.byKey && hex(data.responderID.byKey.buffer),
    producedAt: data.producedAt,
    certificates: basic.certs?.length ?? 0,
    extensions: new Map(data.responseExtensions?.map(({ extnID, extnValue }) => [extnID, hex(extnValue.buffer)])),
    singles: data.responses.map(({ certID, certStatus, thisUpdate, nextUpdate }) => ({
      serial: hex(certID.serialNumber),
      hashAlgorithm: certID.hashAlgorithm.algorithm,
      status: certStatus.revoked === undefined ? (certStatus.good === undefined ? 'unknown' : 'good') : 'revoked',
      revokedAt: certStatus.revoked?.revocationTime,
      reason: certStatus.revoked?.revocationReason?.reason,
      thisUpdate,
      nextUpdate,
    })),
  };
}

/** What PKI.js says of a certificate: 0 good, 1 revoked, 2 unknown; it verifies signature and delegation first. */
export async function pkijsStatus(
  responseDer: Uint8Array,
  certificateDer: Uint8Array,
  issuerDer: Uint8Array,
): Promise<{ verified: boolean; isForCertificate: boolean; status: number }> {
  pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto }));
  const response = pkijs.OCSPResponse.fromBER(responseDer);
  if (response.responseBytes === undefined) throw new Error('no responseBytes');
  const basic = pkijs.BasicOCSPResponse.fromBER(response.responseBytes.response.valueBlock.valueHexView);
  const issuer = pkijs.Certificate.fromBER(issuerDer);
  const verified = await basic.verify({ trustedCerts: [issuer] });
  const { isForCertificate, status } = await basic.getCertificateStatus(
    pkijs.Certificate.fromBER(certificateDer),
    issuer,
  );
  return { verified, isForCertificate, status };
}
