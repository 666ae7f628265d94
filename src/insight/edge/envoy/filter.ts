/** One filter ext_authz: what is sent, and what is taken from the answer. */
import type { Place } from '../../lint/finding.ts'
import type { Caller, HeaderList } from '../caller.ts'
import { isSet, type Located, millisecondsOf } from '../document.ts'
import {
  disabled,
  failOpen,
  keepsSlashes,
  passesUnderscores,
  retries,
  unnormalized,
} from './faults.ts'
import { unknownKeys } from './known-keys.ts'
import { headerList } from './matchers.ts'
import { refusedChanges } from './mutation-rules.ts'
import { type Route, toTaking, toUnchecked } from './routes.ts'

export interface Filter {
  readonly name: string
  /** The entry in the list of filters. */
  readonly entry: Located
  readonly config: Located
}

export interface Reading {
  readonly manager: Located
  readonly filter: Filter
  readonly routes: readonly Route[]
  /** Clusters that checked routes lead to. */
  readonly checked: ReadonlySet<string>
  readonly notes: string[]
}

export function toCaller({ manager, filter, routes, checked, notes }: Reading): Caller {
  const { config } = filter
  const http = config.get('http_service')
  const isHttp = isSet(http)
  notes.push(...unknownKeys(config))
  const body = config.get('with_request_body')
  return {
    protocol: isHttp ? 'http' : 'grpc',
    name: `Envoy's filter ${filter.name}`,
    at: filter.entry.at,
    failOpen: failOpen(config),
    unnormalized: unnormalized(manager),
    keepsSlashes: keepsSlashes(manager),
    unchecked: routes.flatMap(route =>
      toUnchecked(route, { all: routes, checked, passesUnderscores: passesUnderscores(manager) }),
    ),
    disabled: disabled(config, isHttp ? http : undefined),
    ...timeoutOf(config, isHttp),
    sends: sent(config, isHttp),
    copies: isHttp
      ? headerList(http.get('authorization_response', 'allowed_upstream_headers'))
      : undefined,
    ...(isHttp
      ? {
          copiesToClient: headerList(
            http.get('authorization_response', 'allowed_client_headers_on_success'),
          ),
        }
      : {}),
    refuses: refusedChanges(config),
    ...(isHttp ? {} : { joins: joinsHeaders(config, filter.entry) }),
    bodyBytes: isSet(body) ? Number(body.get('max_request_bytes').value) || 0 : 0,
    bodyAt: isSet(body) ? body.at : filter.entry.at,
    bodiless: routes
      .filter(({ isChecked, hasBodies }) => isChecked && !hasBodies)
      .map(route => toTaking(route, routes)),
    retries: retries(isHttp ? http : config.get('grpc_service')),
  }
}

/** Where headers that come several times are one value for Oarlock. */
const joinsHeaders = (config: Located, entry: Located): Place | undefined => {
  const key = config.get('encode_raw_headers')
  return key.value === true ? undefined : isSet(key) ? key.at : entry.at
}

function timeoutOf(config: Located, isHttp: boolean) {
  const key = isHttp
    ? config.get('http_service', 'server_uri', 'timeout')
    : config.get('grpc_service', 'timeout')
  const ms = isSet(key) ? millisecondsOf(key) : 200
  if (ms === undefined || ms === 0) return {}
  return { timeout: { ms, at: key.at, isDefault: !isSet(key) } }
}

/** Over HTTP these are always sent. */
const always = new Set(['host', 'authorization', 'content-length'])

function sent(config: Located, isHttp: boolean): HeaderList | undefined {
  const older = config.get('http_service', 'authorization_request', 'allowed_headers')
  const allowed = headerList(config.get('allowed_headers'))
  const list = isSet(config.get('allowed_headers'))
    ? allowed
    : isSet(older)
      ? headerList(older)
      : undefined
  const hidden = config.get('disallowed_headers')
  const refused = isSet(hidden) ? headerList(hidden) : undefined
  if (list === undefined && refused === undefined && !isHttp) return undefined
  return {
    at: refused?.at ?? list?.at ?? config.get('http_service').at,
    test: name => {
      if (refused?.test(name)) return false
      if (isHttp) return always.has(name) || list?.test(name) === true
      return list?.test(name) ?? true
    },
  }
}
