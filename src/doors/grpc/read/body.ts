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

/** Shared by all: an accessor or a function of each object's own would cost a hidden class per request. */
const onDemand: RequestBody & ThisType<Sent & RequestBody> = {
  get isPartial() {
    const { sent, most, flat, method } = this
    if (sent.length > most || headersOf(flat).first(partialBody) === 'true') return true
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

/**
 * The body that came with the message. Envoy sends none unless its filter has `with_request_body`: where none came and the
 * headers do not say that it is empty, it may be anything. Nothing tells of a GET, HEAD or OPTIONS of HTTP/2 that has one.
 *
 * `flat`: the request's headers, name, value, name, value, …
 */
export function bodyOf(http: WireHttp, flat: readonly string[], most: number): RequestBody {
  const sent = http.raw_body.length > 0 ? http.raw_body : http.body
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
