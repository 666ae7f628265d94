/** The head of a request, from the fields of its header block (RFC 9113, 8.2 and 8.3). */
import { type Field, meaning } from './hpack/field.ts'

export interface RequestHead {
  readonly method: string
  readonly path: string
  /** undefined: not sent. */
  readonly contentType: string | undefined
  readonly contentLength: number | undefined
  readonly grpcTimeout: string | undefined
  readonly grpcEncoding: string | undefined
}

type Values = (string | undefined)[]

const lastPseudo = meaning.authority

/** undefined: the request is malformed. */
export function readHead(fields: readonly Field[]): RequestHead | undefined {
  const values: Values = []
  if (!gather(fields, values)) return undefined
  const [method, scheme, path] = [meaning.method, meaning.scheme, meaning.path].map(
    at => values[at],
  )
  const contentLength = lengthOf(values[meaning.contentLength])
  if (method === undefined || scheme === undefined || !isPath(path, method)) return undefined
  if (Number.isNaN(contentLength)) return undefined
  return {
    method,
    path,
    contentType: values[meaning.contentType],
    contentLength,
    grpcTimeout: values[meaning.grpcTimeout],
    grpcEncoding: values[meaning.grpcEncoding],
  }
}

/** False: a field is malformed, is repeated where it must not be, or a pseudo-header is behind an ordinary one. */
function gather(fields: readonly Field[], values: Values): boolean {
  let pseudoHeaders = true
  for (const { meaning: means, value } of fields) {
    if (isOrdinary(means)) pseudoHeaders = false
    else if (!pseudoHeaders) return false
    if (means === meaning.malformed || values[means] !== undefined) return false
    if (means !== meaning.other) values[means] = value
  }
  return true
}

const isOrdinary = (means: number): boolean => means === meaning.other || means > lastPseudo

/** The form of each was checked with its field; `*` is the path of OPTIONS alone (8.3.1). */
const isPath = (path: string | undefined, method: string): path is string =>
  path !== undefined && (path !== '*' || method === 'OPTIONS')

/** undefined: none; NaN: not a number. */
const lengthOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN

/** True for the fields of trailers: none is malformed or a pseudo-header. */
export const areTrailers = (fields: readonly Field[]): boolean =>
  fields.every(({ meaning: means }) => isOrdinary(means))
