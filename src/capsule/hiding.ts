/** Decides what of a request may stand in a log: no credential, and nothing that the configuration masks. */

import { isUtf8, textOf } from '../lib/bytes.ts'
import { readCookies } from '../lib/cookies.ts'
import { trimBlanks } from '../lib/header-name.ts'
import { isJsonObject, type JsonValue } from '../lib/json.ts'
import {
  isSecretHeaderName,
  isSecretMemberName,
  isSecretParameterName,
} from '../lib/mask-secrets.ts'
import type { NameTest } from '../lib/name-patterns.ts'
import { readWholeQuery } from '../lib/query.ts'
import type { AccessRequest } from '../model/request.ts'
import type { CredentialSource } from '../model/session.ts'
import type { Redaction } from '../observability/redaction.ts'

/** Byte strings in; JavaScript text out, or null for what is left out. */
export interface Hiding {
  readonly text: (value: string) => string | null
  /** `name` in lower case. */
  readonly header: (name: string, values: readonly string[]) => readonly string[] | null
  readonly parameter: (name: string, value: string) => string | null
  /** A copy with null in place of what is left out. */
  readonly json: (value: JsonValue) => HiddenJson
}

export interface HiddenJson {
  readonly value: JsonValue
  readonly isWhole: boolean
}

export interface HidingOptions {
  /** Shows what does not look like a credential. */
  readonly redaction: Redaction
  /** Places from which authenticators read credentials. */
  readonly credentials: readonly CredentialSource[]
  /** Other values that are left out wherever they stand. */
  readonly masked: readonly string[]
}

/** Shorter values are left out only where they are the whole text. */
const shortest = 6
/** More values of a request are too many to look for: then nothing of it is shown. */
const most = 64
/** A value of the query that is as long may be a credential, whatever its name. */
const likeACredential = 8

/** The parts of a request that may have credentials. */
export type Sent = Pick<AccessRequest, 'headers' | 'query'>

export function createHiding(request: Sent, options: HidingOptions): Hiding {
  const { redaction, credentials, masked } = options
  const namesIn = namesByPlace(credentials)
  const headers = new Set([...namesIn('header'), ...namesIn('websocket_protocol')].map(lower))
  const isSecret: NameTest = name =>
    headers.has(name) || isSecretHeaderName(name) || redaction.header(name, 'a') !== 'a'
  const isSecretParameter: NameTest = name =>
    namesIn('query').has(name) || isSecretParameterName(name)
  const isSecretCookie: NameTest = name => namesIn('cookie').has(name)
  const secrets = secretsOf(request, { isSecret, isSecretParameter, isSecretCookie })
  const values = new Set([...secrets, ...masked])
  values.delete('')
  const hidden = new Set(masked.filter(value => value !== ''))
  const within = [...values].filter(value => value.length >= shortest || hidden.has(value))
  const isCredential = (value: string): boolean =>
    values.size > most || values.has(value) || within.some(secret => value.includes(secret))
  const text = (value: string): string | null => {
    if (isCredential(value) || !isUtf8(value)) return null
    const shown = textOf(value)
    return redaction.text(shown) === shown ? shown : null
  }
  const header = (name: string, all: readonly string[]): readonly string[] | null => {
    if (isSecret(name)) return null
    const shown = all.map(value => (redaction.header(name, value) === value ? text(value) : null))
    return shown.includes(null) ? null : (shown as readonly string[])
  }
  const parameter = (name: string, value: string): string | null =>
    isSecretParameter(name) ? null : text(value)
  return { text, header, parameter, json: value => hideIn(value, text) }
}

const lower = (name: string): string => name.toLowerCase()

function namesByPlace(credentials: readonly CredentialSource[]) {
  const names = new Map<CredentialSource['in'], Set<string>>()
  for (const { in: place, name } of credentials) {
    names.set(place, (names.get(place) ?? new Set()).add(name))
  }
  return (place: CredentialSource['in']): ReadonlySet<string> => names.get(place) ?? nothing
}

const nothing: ReadonlySet<string> = new Set()

interface Secrets {
  readonly isSecret: NameTest
  readonly isSecretParameter: NameTest
  readonly isSecretCookie: NameTest
}

/** Values of headers that are credentials, the parts after a scheme, cookies, and values of the query. */
function secretsOf(
  { headers, query }: Sent,
  { isSecret, isSecretParameter, isSecretCookie }: Secrets,
): readonly string[] {
  const lines = headers.valuesWhere(name => isSecret(name.toLowerCase()))
  // `consent=1` would hide every 1.
  const cookies = readCookies(headers.all('cookie'))
    .filter(({ name, value }) => isSecretCookie(name) || value.length >= shortest)
    .map(({ value }) => value)
  const parameters = [...(readWholeQuery(query) ?? [])].flatMap(([name, all]) =>
    isSecretParameter(name) ? all : all.filter(({ length }) => length >= likeACredential),
  )
  // A template may write the query as it was sent.
  const pairs = query.split('&').filter(({ length }) => length >= shortest)
  return [...lines.flatMap(parts), ...cookies, ...parameters, ...pairs]
}

/** The whole value, and what is behind a scheme such as `Bearer`. */
function parts(value: string): readonly string[] {
  const space = value.indexOf(' ')
  return space > 0 ? [value, trimBlanks(value.slice(space + 1))] : [value]
}

function hideIn(value: JsonValue, text: Hiding['text']): HiddenJson {
  let isWhole = true
  const hidden = (): null => {
    isWhole = false
    return null
  }
  const walk = (item: JsonValue): JsonValue => {
    if (typeof item === 'string') return text(item) ?? hidden()
    if (Array.isArray(item)) return item.map(walk)
    if (!isJsonObject(item)) return item
    const members = Object.entries(item).map(([name, member]) => {
      const shown = text(name)
      if (shown === null) hidden()
      return [shown ?? '', isSecretMemberName(name) ? hidden() : walk(member)] as const
    })
    return Object.fromEntries(members)
  }
  const shown = walk(value)
  return { value: shown, isWhole }
}
