import { toHex } from '@touchmark/asn1';
import { describe, expect, it } from '@jest/globals';
import { keyAlgorithmNames } from '@touchmark/crypto';
import { encodeCsrAttributes } from '../src/index.ts';
import type { CsrAttributes } from '../src/index.ts';
import { noCsrAttributes } from './scripted-authority.ts';

const keyUsage = { oid: '2.5.29.15', critical: true, valueDer: Uint8Array.of(3, 2, 7, 0x80) };
const subjectAltName = { oid: '2.5.29.17' };

const encode = (attributes: Partial<CsrAttributes>): string | undefined => {
  const encoded = encodeCsrAttributes({ ...noCsrAttributes, ...attributes });
  return encoded === undefined ? undefined : toHex(encoded);
};

describe('the list of OIDs and attributes (RFC 7030 §4.5.2, RFC 9908 §3.2)', () => {
  it('is nothing when there is nothing to say', () => {
    expect(encode({})).toBeUndefined();
    expect(encode({ form: 'template' })).toBeUndefined();
  });

  it('names the preferred key: ecPublicKey with its curve', () => {
    // SEQUENCE { SEQUENCE { OID id-ecPublicKey, SET { OID secp384r1 } } }
    expect(encode({ keyAlgorithms: ['ec-p384', 'rsa-2048'] })).toBe(
      '3014' + '3012' + '06072a8648ce3d0201' + '3107' + '06052b81040022',
    );
  });

  it('names the preferred key: rsaEncryption with its size', () => {
    expect(encode({ keyAlgorithms: ['rsa-3072'] })).toBe(
      '3013' + '3011' + '06092a864886f70d010101' + '3104' + '02020c00',
    );
  });

  it('names the preferred key: Ed25519 without parameters', () => {
    expect(encode({ keyAlgorithms: ['ed25519'] })).toBe('3009' + '3007' + '06032b6570' + '3100');
  });

  it('asks for the channel binding by the OID of challengePassword, first', () => {
    expect(encode({ channelBinding: true, keyAlgorithms: ['ed25519'] })).toBe(
      '3014' + '06092a864886f70d010907' + '3007' + '06032b6570' + '3100',
    );
  });

  it('asks for subject attributes and open extensions by OID, for others in one extensionRequest', () => {
    expect(encode({ subjectAttributes: ['serialNumber'], extensions: [subjectAltName, keyUsage] })).toBe(
      '302b' +
        '0603550405' +
        '0603551d11' +
        ('301f' + '06092a864886f70d01090e' + '3112' + '3010' + ('300e' + '0603551d0f' + '0101ff' + '040403020780')),
    );
  });
});

describe('the template (RFC 9908 §3.4)', () => {
  const type = '060b2a864886f70d010910023d';

  it('has the version, the subject with open values, the key and no attributes', () => {
    expect(encode({ form: 'template', keyAlgorithms: ['ec-p256'], subjectAttributes: ['commonName'] })).toBe(
      '303a' +
        '3038' +
        type +
        '3129' +
        '3027' +
        '020100' +
        ('3009' + '3107' + '3005' + '0603550403') +
        ('a015' + '3013' + '06072a8648ce3d0201' + '06082a8648ce3d030107') +
        'a100',
    );
  });

  it('uses extensionRequest for whole extensions', () => {
    const encoded = encode({ form: 'template', extensions: [keyUsage] });
    expect(encoded).toContain('06092a864886f70d01090e');
    expect(encoded).not.toContain('2a864886f70d010910023e');
  });

  it('uses extensionReqTemplate, and that alone, when one is open', () => {
    const encoded = encode({ form: 'template', extensions: [keyUsage, subjectAltName] });
    expect(encoded).toContain('060b2a864886f70d010910023e');
    expect(encoded).not.toContain('06092a864886f70d01090e');
    // the open extension has no extnValue at all
    expect(encoded).toContain('3005' + '0603551d11');
  });

  it('shows the size of an RSA key by a modulus of that size', () => {
    const encoded = encode({ form: 'template', keyAlgorithms: ['rsa-2048'] })!;
    expect(encoded).toContain('0282010100' + 'ff'.repeat(256) + '0203010001');
  });
});

it.each(keyAlgorithmNames)('there is a form for %s', (name) => {
  expect(encode({ keyAlgorithms: [name] })).toBeDefined();
  expect(encode({ form: 'template', keyAlgorithms: [name] })).toBeDefined();
});
