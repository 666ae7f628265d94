import type { Headers } from '../../model/headers.ts'
import type { RequestBody } from '../../model/request.ts'
import type { WireHttp } from './decode.ts'

const partialBody = 'x-envoy-auth-partial-body'

interface Sent {
  readonly sent: Buffer
  readonly headers: Headers
  readonly most: number
}

/** Shared by all: an accessor or a function of each object's own would cost a hidden class per request. */
const onDemand: RequestBody & ThisType<Sent & RequestBody> = {
  get isPartial() {
    return this.sent.length > this.most || this.headers.first(partialBody) === 'true'
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

/** The body that came with the message; without one it is empty, as through Envoy's HTTP filter. */
export function bodyOf(http: WireHttp, headers: Headers, most: number): RequestBody {
  const sent = http.raw_body.length > 0 ? http.raw_body : http.body
  const body: Sent & { readonly __proto__: object } = { __proto__: onDemand, sent, headers, most }
  return body as unknown as RequestBody
}
