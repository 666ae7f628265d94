/** Limits for calls of the services behind the port. */

/** A kind of call. */
export interface ServiceKind {
  /** Largest sum of the caller's messages, in bytes. */
  readonly requestBytes: number
  /** The stream stays open after its message arrived. */
  readonly isLasting: boolean
  /** The caller may send further messages, for so many milliseconds at most; undefined: one message. */
  readonly longest: number | undefined
}

/** The headers of gRPC; the services need no others. */
export const serviceHeaders: readonly string[] = [
  'content-type',
  'te',
  'grpc-timeout',
  'grpc-encoding',
  'grpc-accept-encoding',
]

/** The largest message to a service, in bytes: it holds a name. */
export const serviceMessageBytes = 65_536

/** Maximum of open streams of one kind; each proxy or tool opens a few. */
export const mostLasting = 100

const oneMessage = { requestBytes: serviceMessageBytes, longest: undefined }
const unary: ServiceKind = { ...oneMessage, isLasting: false }
const watch: ServiceKind = { ...oneMessage, isLasting: true }
/** Some hundreds of requests: grpc-js buffers the answers. */
const reflection: ServiceKind = { requestBytes: 16_384, isLasting: true, longest: 60_000 }

const watchPath = '/grpc.health.v1.Health/Watch'
const healthPath = /^\/grpc\.health\.v1\.Health\//
const reflectionPath = /^\/grpc\.reflection\.v1(?:alpha)?\.ServerReflection\//

/** undefined: there is no such service. */
export function kindOf(path: string): ServiceKind | undefined {
  if (path === watchPath) return watch
  if (healthPath.test(path)) return unary
  return reflectionPath.test(path) ? reflection : undefined
}
