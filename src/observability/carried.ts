/**
 * The trace context that calls made for a request carry, known by the request's headers: who calls another
 * service has those at hand, and knows nothing of traces.
 */
export interface Carried {
  readonly traceId: string
  readonly spanId: string
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** The span of the round trip to an upstream begins. */
  readonly beginUpstream?: () => UpstreamSpan
}

export interface UpstreamSpan {
  /** What the upstream is told of it. */
  readonly headers: Carried['headers']
  /** With the status that the client got. */
  readonly end: (status: number) => void
}

const contexts = new WeakMap<object, Carried>()

export const carry = (requestHeaders: object, carried: Carried): void => {
  contexts.set(requestHeaders, carried)
}

export const carriedBy = (requestHeaders: object): Carried | undefined =>
  contexts.get(requestHeaders)
