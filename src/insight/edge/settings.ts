/** Settings that several kinds of resources have. */
import type { Caller, Fault, HeaderList } from './caller.ts'
import { isSet, type Located, listOf, millisecondsOf, textIn } from './document.ts'

/** `true` lets requests pass where Oarlock does not answer. */
export const openFault = (key: Located, name: string): readonly Fault[] =>
  key.value === true
    ? [{ at: key.at, message: `${name}: true lets requests pass where Oarlock does not answer` }]
    : []

/** The path that checks are sent to. */
export const wrongPath = (path: Located, name = 'the path of checks'): readonly Fault[] =>
  /^\/decisions\/?$/.test(textIn(path)) ? [] : [pathFault(path, name)]

export const wrongUrl = (url: Located, name: string): readonly Fault[] =>
  /^https?:\/\/[^/]+\/decisions\/?$/.test(textIn(url)) ? [] : [pathFault(url, name)]

const pathFault = (path: Located, name: string): Fault => ({
  at: path.at,
  message: `${name}: found ${JSON.stringify(textIn(path))}, expected "/decisions": other paths of the port answer 200, which is an allow`,
})

/** These names, and those of the list. */
export function listWith(names: readonly string[], list: Located): HeaderList {
  const [fixed, listed] = [new Set(names), listOf(list)]
  return { at: list.at, test: name => fixed.has(name) || listed.test(name) }
}

/** `byDefault`: how long the caller waits without the key; undefined: not known. */
export function timeoutOf(key: Located, byDefault?: number): Pick<Caller, 'timeout'> {
  const ms = isSet(key) ? millisecondsOf(key) : byDefault
  return ms === undefined || ms === 0 ? {} : { timeout: { ms, at: key.at, isDefault: !isSet(key) } }
}

/** `byDefault`: bytes that are sent where the body is and the key is not. */
export const bodyOf = (
  body: Located,
  key: string,
  byDefault = 0,
): Pick<Caller, 'bodyBytes' | 'bodyAt'> => ({
  bodyBytes: isSet(body) ? Number(body.get(key).value ?? byDefault) || 0 : 0,
  bodyAt: body.at,
})

/** A caller about which nothing is known yet. */
export const plainCaller = (name: string, at: Caller['at']): Caller => ({
  protocol: 'grpc',
  name,
  at,
  failOpen: [],
  unnormalized: [],
  unchecked: [],
  disabled: [],
  retries: [],
})
