/** Passes on a W3C trace context without changes; one that is not valid is left out. */
import type { TraceSource } from './call.ts'

const valid =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|(?<!^00.{53})-)/
const none = {}
/** In characters. A traceparent has 55 today; a tracestate should have at most 512. */
const longest = { parent: 128, state: 1024 }
const stateShape = /^[ -~\t]+$/

export function traceHeaders(source: TraceSource | undefined): Readonly<Record<string, string>> {
  const [parent, ...more] = source?.all('traceparent') ?? []
  if (parent === undefined || more.length > 0) return none
  if (parent.length > longest.parent || !valid.test(parent)) return none
  const state = source?.all('tracestate').join(',') ?? ''
  const isState = state.length <= longest.state && stateShape.test(state)
  return isState ? { traceparent: parent, tracestate: state } : { traceparent: parent }
}
