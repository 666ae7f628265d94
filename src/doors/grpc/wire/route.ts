import type { Bounds } from '../../../http2/bounds.ts'
import type { OnBug } from '../../../lib/guarded.ts'
import type { Answerer } from './call.ts'
import type { Services } from './services/services.ts'

/** What a transport serves, and within which bounds. */
export interface Route {
  /** `/package.Service/Method` of the unary call. */
  readonly path: string
  readonly answer: Answerer
  /** Health and reflection. */
  readonly services: Services
  /** Largest message, in bytes. */
  readonly messageBytes: number
  /** Milliseconds for a message to arrive, and then for the caller to receive the answer. */
  readonly readTimeout: number
  readonly bounds: Bounds
  readonly onBug: OnBug
}
