import type { Bounds } from '../../../http2/bounds.ts'
import type { RefusalReason } from '../../../http2/protocol.ts'
import type { OnBug } from '../../../lib/guarded.ts'
import type { Answerer } from './call.ts'
import type { Methods } from './services/service.ts'

/** A method and its bounds. */
export interface Route {
  /** `/package.Service/Method`. */
  readonly path: string
  readonly answer: Answerer
  /** Largest message, in bytes. */
  readonly messageBytes: number
  /** Milliseconds for a message to arrive, and then for the caller to receive the answer. */
  readonly readTimeout: number
  readonly bounds: Bounds
  /** A call was refused. */
  readonly onRefused: (reason: RefusalReason) => void
  readonly onBug: OnBug
}

/** What a transport serves: the check, and further methods within the same bounds. */
export interface Routes extends Route {
  readonly methods: Methods
}

/** Routes of the further unary methods, by path. */
export const unaryRoutes = (routes: Routes): ReadonlyMap<string, Route> =>
  new Map([...routes.methods.unary].map(([path, method]) => [path, { ...routes, path, ...method }]))
