/** Dynamic metadata, which Envoy stores under `envoy.filters.http.ext_authz` for its access log. */
import type { Writer } from 'protobufjs'
import type { JsonObject } from '../../../lib/json.ts'
import { checkResponse } from '../messages.ts'
import { writeEntry, writeStruct } from '../read/metadata.ts'

export interface DecisionMetadata {
  readonly metadata: JsonObject
  /** The decision id. */
  readonly id?: string | undefined
}

const lengthDelimited = 2
const field = ((checkResponse.fields['dynamic_metadata']?.id ?? 0) << 3) | lengthDelimited

/** Call it after the other fields of the CheckResponse are written. */
export function writeDynamicMetadata(writer: Writer, { metadata, id }: DecisionMetadata): void {
  if (Object.keys(metadata).length === 0 && id === undefined) return
  writer.uint32(field).fork()
  writeStruct(writer, metadata)
  if (id !== undefined) writeEntry(writer, 'decision_id', id)
  writer.ldelim()
}
