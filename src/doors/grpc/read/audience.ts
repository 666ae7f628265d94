import type { Headers } from '../../../model/headers.ts'
import type { AccessRequest } from '../../../model/request.ts'
import { headersOf } from '../../request/headers.ts'
import type { WireCheck } from './decode.ts'
import { flatHeaders } from './headers.ts'
import { isLibraryCall, libraryScheme } from './library-call.ts'

/** The reader of a denial: a gRPC client behind Envoy (`grpc`) or behind its own library, or any other client (`http`). */
export type Audience = 'http' | 'grpc' | 'grpc-library'

export const isRpcCall = (method: string, headers: Headers): boolean =>
  method === 'POST' && /^application\/grpc/i.test(headers.first('content-type') ?? '')

export function audienceOf({ scheme, method, headers }: AccessRequest): Audience {
  if (scheme === libraryScheme) return 'grpc-library'
  return isRpcCall(method, headers) ? 'grpc' : 'http'
}

/** For a request that could not be read. */
export function audienceOfWire({ attributes }: WireCheck): Audience {
  const http = attributes?.request?.http
  if (!http) return 'http'
  if (isLibraryCall(http)) return 'grpc-library'
  const flat = flatHeaders(http, Number.POSITIVE_INFINITY)
  return !('kind' in flat) && isRpcCall(http.method, headersOf(flat)) ? 'grpc' : 'http'
}
