/** Trailers of a request inside a Node application: without the names that the rule owns, as an upstream gets them. */
import type { IncomingMessage } from 'node:http'
import { filterHeaders } from '../../../lib/header-pairs.ts'
import type { Allow } from '../../../model/decision.ts'
import { forbiddenTrailers } from '../forbidden-trailers.ts'
import { distinct, joined } from './header-objects.ts'

/**
 * They may arrive after this call: Node sets `rawTrailers` at the end of the body, or has a getter for it (HTTP/2).
 * Another guard before this one has left its own filter there, which stays.
 */
export function filterTrailers(incoming: IncomingMessage, decision: Allow): void {
  const isForbidden = forbiddenTrailers(decision)
  const before = descriptorOf(incoming)
  let raw = before?.get === undefined ? incoming.rawTrailers : []
  const read = (): string[] => {
    const all = (before?.get?.call(incoming) as string[] | undefined) ?? raw
    return filterHeaders(all, name => !isForbidden(name.toLowerCase()))
  }
  const take = (flat: string[]): void => {
    raw = flat
    before?.set?.call(incoming, flat)
  }
  const accessor = (get: () => unknown, set: (value: never) => void = ignore) => ({
    get,
    set,
    configurable: true,
    enumerable: true,
  })
  Object.defineProperties(incoming, {
    rawTrailers: accessor(read, take),
    trailers: accessor(() => joined(read())),
    trailersDistinct: accessor(() => distinct(read())),
  })
}

/** Of the request itself, or of its class. */
const descriptorOf = (incoming: IncomingMessage): PropertyDescriptor | undefined =>
  Object.getOwnPropertyDescriptor(incoming, 'rawTrailers') ??
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(incoming), 'rawTrailers')

const ignore = (): void => undefined
