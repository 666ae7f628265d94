/** Numbers of HTTP/2 (RFC 9113) that both directions use. */

/** RFC 9113, 6. */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const

/** RFC 9113, 7. */
export const errorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const

/** RFC 9113, 6.5.2. */
export const settingId = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const

/** RFC 9113, 3.4: the first bytes of a client. */
export const preface: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** Bytes of a frame's header. */
export const frameHead = 9
/** The largest payload of a frame before a peer allows more, in bytes. */
export const smallestMaxFrame = 16_384
export const largestMaxFrame = 16_777_215
/** The first window of each stream and of the connection, in bytes. */
export const firstWindow = 65_535
/** The largest number of a window, of a stream and of a 31-bit field. */
export const largest31 = 0x7fff_ffff

/** An error of the whole connection (RFC 9113, 5.4.1). */
export interface ConnectionError {
  readonly code: number
  readonly reason: RefusalReason
}

/** Why a connection, a stream or a call was refused: the label of a metric. */
export type RefusalReason =
  | 'protocol'
  | 'frame_size'
  | 'flow_control'
  | 'compression'
  | 'stream_closed'
  | 'flood'
  | 'resets'
  | 'header_block'
  | 'malformed'
  | 'unknown_method'
  | 'too_many_streams'
  | 'too_slow'
  | 'too_large'
  | 'too_many_bytes'
  | 'unread'

export const protocolError: ConnectionError = {
  code: errorCode.protocolError,
  reason: 'protocol',
}
export const frameSizeError: ConnectionError = {
  code: errorCode.frameSizeError,
  reason: 'frame_size',
}
export const flowControlError: ConnectionError = {
  code: errorCode.flowControlError,
  reason: 'flow_control',
}
export const compressionError: ConnectionError = {
  code: errorCode.compressionError,
  reason: 'compression',
}
export const streamClosedError: ConnectionError = {
  code: errorCode.streamClosed,
  reason: 'stream_closed',
}
