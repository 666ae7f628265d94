/** The HTTP client for other services: its interface for handlers, and its constructors for the app. */
export type { BodyStream, Http, HttpCall, HttpReply, OutboundHeaders } from './http/call.ts'
export { shared } from './http/call.ts'
export { counted } from './http/counted.ts'
export { createHttp, type HttpOptions } from './http/create-http.ts'
export type { ProxySettings } from './http/dispatcher.ts'
export { createTlsContext, type TlsIdentity } from './http/identity.ts'
export {
  type CallProblem,
  type WarnOptions,
  warnAboutFailures,
} from './http/warn-about-failures.ts'
