import { inOwnMemory } from '../../../lib/own-memory.ts'
import type { RequestBody } from '../../../model/request.ts'
import { headersOf } from '../../request/headers.ts'
import { announcedBody, mayHaveBody } from '../../request/withheld-body.ts'
import type { WireHttp } from './decode.ts'

const partialBody = 'x-envoy-auth-partial-body'

interface Sent {
  readonly sent: Buffer
  readonly flat: readonly string[]
  readonly method: string
  readonly most: number
}

/** A shared prototype: own accessors or functions would cost a hidden class per request. */
const onDemand: RequestBody & ThisType<Sent & RequestBody> = {
  get isPartial() {
    const { sent, most, flat, method } = this
    if (sent.length > most || isSaidPartial(flat)) return true
    const announced = announcedBody(flat)
    if (announced === undefined) return sent.length === 0 && mayHaveBody(method)
    return announced === 'chunked' ? sent.length === 0 : announced !== sent.length
  },
  async bytes(limit) {
    const { sent, most, isPartial } = this
    const allowed = Math.min(limit, most)
    const isWhole = sent.length <= allowed
    return {
      bytes: isWhole ? Buffer.from(sent) : sent.subarray(0, allowed),
      complete: isWhole && !isPartial,
    }
  },
  async *stream() {
    if (this.sent.length > 0) yield this.sent
  },
}

/** Envoy adds its line to those of the client: each of them counts. */
const isSaidPartial = (flat: readonly string[]): boolean =>
  headersOf(flat)
    .all(partialBody)
    .some(value => value !== 'false')

/**
 * The body of the message. Envoy sends it only with `with_request_body`. Without it, the body is unknown unless the
 * headers say that it is empty. The body of an HTTP/2 GET, HEAD or OPTIONS without a length cannot be detected.
 *
 * `flat`: the request's headers, `[name, value, …]`; `most`: largest body, in bytes.
 */
export function bodyOf(http: WireHttp, flat: readonly string[], most: number): RequestBody {
  const sent = inOwnMemory(http.raw_body.length > 0 ? http.raw_body : http.body)
  const { method } = http
  const body: Sent & { readonly __proto__: object } = {
    __proto__: onDemand,
    sent,
    flat,
    method,
    most,
  }
  return body as unknown as RequestBody
}
