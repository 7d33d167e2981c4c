/** AuthorityInfoAccess (RFC 5280 §4.2.2.1). */
import { der, readWhole, rfc5280, tag } from '@touchmark/asn1';
import { encodeGeneralName, readGeneralNames } from '../names/general-name.ts';
import { extensionEncoder } from './extension.ts';

/** URLs by access method. */
export interface AuthorityInfoAccess {
  readonly ocsp: readonly string[];
  readonly caIssuers: readonly string[];
}

const encode = extensionEncoder(rfc5280['id-pe-authorityInfoAccess']);

/** Throws RangeError when there is no URL at all. */
export function encodeAuthorityInfoAccess({ ocsp, caIssuers }: AuthorityInfoAccess): Uint8Array {
  const descriptions = [
    ...ocsp.map((url) => encodeAccessDescription(rfc5280['id-ad-ocsp'], url)),
    ...caIssuers.map((url) => encodeAccessDescription(rfc5280['id-ad-caIssuers'], url)),
  ];
  if (descriptions.length === 0) throw new RangeError('authorityInfoAccess needs one URL at least (RFC 5280 §4.2.2.1)');
  return encode(false, der.sequence(...descriptions));
}

function encodeAccessDescription(accessMethod: string, value: string): Uint8Array {
  return der.sequence(der.oid(accessMethod), encodeGeneralName({ kind: 'uri', value }));
}

/** Other access methods and locations that are no URI are left out. Throws Asn1Error. */
export function parseAuthorityInfoAccess(value: Uint8Array): AuthorityInfoAccess {
  const sequence = readWhole(value);
  const access = { ocsp: [] as string[], caIssuers: [] as string[] };
  do {
    const description = sequence.enter(tag.sequence);
    const accessMethod = description.oid();
    const [location, ...more] = readGeneralNames(description);
    if (more.length > 0) throw description.error('an access description has more than one location');
    if (location?.kind !== 'uri') continue;
    if (accessMethod === rfc5280['id-ad-ocsp']) access.ocsp.push(location.value);
    if (accessMethod === rfc5280['id-ad-caIssuers']) access.caIssuers.push(location.value);
  } while (!sequence.done);
  return access;
}
