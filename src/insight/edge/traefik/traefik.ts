/** Traefik: the dynamic configuration with the middleware forwardAuth. */
import { canonicalHeaderName } from '../../../lib/header-name.ts'
import type { Caller, EdgeFile, Fault, HeaderList } from '../caller.ts'
import { isSet, type Located, listOf, textIn, textsIn } from '../document.ts'
import { searchMatcher } from '../search-matcher.ts'
import { plainCaller, wrongUrl } from '../settings.ts'
import {
  type Member,
  type Middlewares,
  membersOf,
  toRouter,
  uncheckedOf,
  type WrittenRouter,
} from './routers.ts'

/** undefined: it is not a configuration of Traefik. */
export function readTraefik(document: Located): EdgeFile | undefined {
  const middlewares = membersOf(document.get('http', 'middlewares'))
  const written = membersOf(document.get('http', 'routers'))
  if (middlewares.length === 0 && written.length === 0) return undefined
  const known = middlewaresOf(middlewares)
  const routers = written.map(([name, router]) => toRouter(readRouter(name, router), known))
  const unchecked = uncheckedOf(routers, routers)
  const callers = middlewares
    .filter(([, one]) => isSet(one.get('forwardAuth')))
    .map(([name, one], i) => ({
      ...toCaller(`the middleware ${name}`, one.get('forwardAuth')),
      unchecked: i === 0 ? unchecked : [],
    }))
  return { callers, notes: routers.flatMap(({ problem }) => problem ?? []) }
}

/** `auth@file` is `auth`. */
function middlewaresOf(members: readonly Member[]): Middlewares {
  const byName = new Map(members)
  return {
    get: name => byName.get(name.replace(/@.*$/, '')),
    chainedBy: one => textsIn(one.get('chain', 'middlewares')),
  }
}

const readRouter = (name: string, router: Located): WrittenRouter => ({
  name,
  at: router.at,
  rule: textIn(router.get('rule')),
  service: textIn(router.get('service')),
  middlewares: textsIn(router.get('middlewares')),
  priority: Number(router.get('priority').value),
  entryPoints: textsIn(router.get('entryPoints')),
})

/** `own`: the settings of forwardAuth. */
export function toCaller(name: string, own: Located): Caller {
  const [trust, sends] = [own.get('trustForwardHeader'), own.get('authRequestHeaders')]
  const forwards = own.get('forwardBody').value === true
  const most = Number(own.get('maxBodySize').value)
  return {
    ...plainCaller(name, own.at),
    protocol: 'http',
    unnormalized: trust.value === true ? [trusting(trust)] : [],
    disabled: wrongUrl(own.get('address'), 'address'),
    sends: isSet(sends) ? listOf(sends) : undefined,
    removesOnlyListed: true,
    copies: copied(own),
    bodyBytes: forwards ? (most > 0 ? most : Number.MAX_SAFE_INTEGER) : 0,
    bodyAt: own.get('forwardBody').at,
  }
}

const trusting = (trust: Located): Fault => ({
  at: trust.at,
  message: 'trustForwardHeader: true lets clients name another path in X-Forwarded-Uri',
})

/** Traefik compares the expression with the names of the answer as Go spells them. */
function copied(own: Located): HeaderList {
  const listed = listOf(own.get('authResponseHeaders'))
  const expression = textIn(own.get('authResponseHeadersRegex'))
  const regex = expression === '' ? () => false : searchMatcher(expression)
  return { at: listed.at, test: name => listed.test(name) || regex(canonicalHeaderName(name)) }
}
