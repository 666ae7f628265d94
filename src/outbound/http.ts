/** The outbound client: what handlers see of it, and how the app makes one. */
export type { BodyStream, Http, HttpCall, HttpReply, OutboundHeaders } from './http/call.ts'
export { shared } from './http/call.ts'
export { counted } from './http/counted.ts'
export { createHttp, type HttpOptions } from './http/create-http.ts'
export type { ProxySettings } from './http/dispatcher.ts'
export { createTlsContext, type TlsIdentity } from './http/identity.ts'
export { type CallProblem, type WarnOptions, warned } from './http/warned.ts'
