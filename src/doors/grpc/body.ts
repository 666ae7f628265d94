import type { Headers } from '../../model/headers.ts'
import type { RequestBody } from '../../model/request.ts'
import type { WireHttp } from './decode.ts'

const partialBody = 'x-envoy-auth-partial-body'

/** The body that came with the message; without one it is empty, as through Envoy's HTTP filter. */
export function bodyOf(http: WireHttp, headers: Headers, most: number): RequestBody {
  const sent = http.raw_body.length > 0 ? http.raw_body : http.body
  return {
    get isPartial() {
      return sent.length > most || headers.first(partialBody) === 'true'
    },
    bytes: async limit => {
      const allowed = Math.min(limit, most)
      return {
        bytes: sent.length > allowed ? sent.subarray(0, allowed) : Buffer.from(sent),
        complete: sent.length <= allowed && headers.first(partialBody) !== 'true',
      }
    },
    stream: async function* () {
      if (sent.length > 0) yield sent
    },
  }
}
