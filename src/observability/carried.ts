/**
 * The trace context of a request, stored by its headers object. Code that calls other services has the headers of the
 * request and does not need to know the tracer.
 */
export interface Carried {
  readonly traceId: string
  readonly spanId: string
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** Begins the span of the upstream request. */
  readonly beginUpstream?: () => UpstreamSpan
}

export interface UpstreamSpan {
  /** Trace headers for the upstream. */
  readonly headers: Carried['headers']
  /** Ends the span with the status that the client got. */
  readonly end: (status: number) => void
}

const contexts = new WeakMap<object, Carried>()

export const carry = (requestHeaders: object, carried: Carried): void => {
  contexts.set(requestHeaders, carried)
}

export const carriedBy = (requestHeaders: object): Carried | undefined =>
  contexts.get(requestHeaders)
