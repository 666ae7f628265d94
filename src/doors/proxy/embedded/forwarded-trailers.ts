/** Trailers of a request inside a Node application: without the names that the rule owns, as an upstream gets them. */
import type { IncomingMessage } from 'node:http'
import { filterHeaders } from '../../../lib/header-pairs.ts'
import type { Allow } from '../../../model/decision.ts'
import { isHttp2 } from '../../http/http2-lines.ts'
import { forbiddenTrailers } from '../forbidden-trailers.ts'
import { distinct, joined } from './header-objects.ts'

/** They may arrive after this call: Node sets `rawTrailers` at the end of the body, and HTTP/2 reads it when asked. */
export function filterTrailers(incoming: IncomingMessage, decision: Allow): void {
  const isForbidden = forbiddenTrailers(decision)
  const readsLater = isHttp2(incoming)
  const http2 = Object.getPrototypeOf(incoming) as object
  let set: readonly string[] = readsLater ? [] : incoming.rawTrailers
  const read = (): string[] => {
    const raw = readsLater ? (Reflect.get(http2, 'rawTrailers', incoming) as string[]) : set
    return filterHeaders(raw, name => !isForbidden(name.toLowerCase()))
  }
  const accessor = (get: () => unknown, take: (value: readonly string[]) => void = ignore) => ({
    get,
    set: take,
    configurable: true,
    enumerable: true,
  })
  Object.defineProperties(incoming, {
    rawTrailers: accessor(read, raw => {
      set = raw
    }),
    trailers: accessor(() => joined(read())),
    trailersDistinct: accessor(() => distinct(read())),
  })
}

const ignore = (): void => undefined
