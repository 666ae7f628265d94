/** Converts URLs to dictionaries and back. */
import { callError } from '../go/call-error.ts'
import { fixed } from '../go/callable.ts'
import { entryOf } from '../go/collections.ts'
import { reflectKind } from '../go/kind.ts'
import { joinUrl, parseUrl, type UrlParts } from '../go/url-parse.ts'
import type { GoMap, Value, ValueMap } from '../go/value.ts'
import type { FunctionGroup } from './function.ts'

function parse(text: string): Value {
  const parts = parseUrl(text)
  if (parts instanceof Error) throw callError(`unable to parse url: ${parts.message}`)
  const { host } = parts
  const name = /:\d*$/.test(host) ? host.slice(0, host.lastIndexOf(':')) : host
  return { ...parts, hostname: name.replace(/^\[(.*)\]$/, '$1') }
}

function textAt(map: ValueMap | GoMap, key: keyof UrlParts): string {
  const value = entryOf(map, key)
  if (value === undefined) return ''
  if (typeof value === 'string') return value
  if (value === null) {
    throw callError('runtime error: invalid memory address or nil pointer dereference')
  }
  throw callError(
    `unable to parse ${key} key, must be of type string, but ${reflectKind(value)} found`,
  )
}

function join(map: ValueMap | GoMap): string {
  const userinfo = textAt(map, 'userinfo')
  const user = userinfo === '' ? undefined : parseUrl(`proto://${userinfo}@host`)
  if (user instanceof Error) {
    throw callError(`unable to parse userinfo in dict: ${user.message}`)
  }
  return joinUrl({
    scheme: textAt(map, 'scheme'),
    host: textAt(map, 'host'),
    path: textAt(map, 'path'),
    query: textAt(map, 'query'),
    opaque: textAt(map, 'opaque'),
    fragment: textAt(map, 'fragment'),
    userinfo: user?.userinfo ?? '',
  })
}

export const urls: FunctionGroup = {
  urlParse: fixed(['string'], parse),
  urlJoin: fixed(['map'], join),
}
