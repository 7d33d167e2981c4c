/** Refusals of a message of SCEP, before the request inside it is looked at. */
import type { Refusal } from './refusal.ts';

export const messageRefusals = {
  messageMalformed: {
    category: 'request',
    meaning: 'What was sent is no message of SCEP.',
    why: 'A message is a CMS SignedData whose one signer signs type, transaction and nonce along with the content.',
    hint: 'Look which program sends it, and what a proxy in between makes of it.',
    citation: 'RFC 8894 §3.2',
  },
  messageTypeUnknown: {
    category: 'request',
    meaning: 'The type of the message is none that is answered.',
    why: 'PKCSReq (19), RenewalReq (17), CertPoll (20), GetCert (21) and GetCRL (22) are, each written once as a PrintableString.',
    hint: 'Look how the client writes messageType.',
    citation: 'RFC 8894 §3.2.1.2',
  },
  messageSignatureInvalid: {
    category: 'request',
    meaning: 'The signature of the message does not verify.',
    why: 'Who does not prove to hold the key of the certificate in the message could be anybody.',
    hint: 'Look whether the client signs with the key of the certificate that it embeds, and whether something changes messages on their way.',
    citation: 'RFC 8894 §3.2',
  },
  messageAlgorithmNotAccepted: {
    category: 'request',
    meaning: 'The message is digested, signed or encrypted with an algorithm that is not accepted here.',
    why: 'MD5 protects nothing any more, and DES next to nothing; SHA-1, triple DES and DES are taken only where the endpoint says so.',
    hint: 'Let the client use SHA-256 and AES, as GetCACaps offers; for old equipment set sha1, des3 or des of the endpoint.',
    citation: 'RFC 8894 §2.9',
  },
  messageNotDecrypted: {
    category: 'request',
    meaning: 'The content of the message could not be decrypted or read.',
    why: 'Which of the two it was is not told: by asking often, somebody could learn what others have encrypted.',
    hint: 'Fetch the certificates anew with GetCACert, encrypt for the first of them, and look whether the content is what the type of the message says.',
    citation: 'RFC 8894 §3.2.2',
  },
  signerKeyCannotDecrypt: {
    category: 'request',
    meaning: 'The answer could not be encrypted for the signer of the message.',
    why: 'The key of an answer is brought to the client under the RSA key of the certificate that signed the request.',
    hint: 'Use an RSA key, or EST, which takes keys of every kind.',
    citation: 'RFC 8894 §3.3.2',
  },
} as const satisfies Readonly<Record<string, Refusal>>;
