/** AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY DEFINED BY algorithm OPTIONAL } */
import type { DerReader } from '@touchmark/asn1';
import { tag } from '@touchmark/asn1';

export interface AlgorithmIdentifier {
  readonly algorithm: string;
  /** The whole TLV; undefined when absent, which is not the same as NULL. */
  readonly parametersDer: Uint8Array | undefined;
}

export function readAlgorithmIdentifier(reader: DerReader): AlgorithmIdentifier {
  const fields = reader.enter(tag.sequence);
  const algorithm = fields.oid();
  const parametersDer = fields.done ? undefined : fields.element();
  fields.end();
  return { algorithm, parametersDer };
}

/** Whether the parameters are the two octets of NULL. */
export function isNull(parametersDer: Uint8Array | undefined): boolean {
  return parametersDer?.length === 2 && parametersDer[0] === tag.null && parametersDer[1] === 0;
}
