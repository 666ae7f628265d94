/** Traefik: the dynamic configuration with the middleware forwardAuth. */
import { isJsonObject } from '../../lib/json.ts'
import type { Caller, EdgeFile, HeaderList, UncheckedRoute } from './caller.ts'
import { isSet, type Located, listOf, textIn, textsIn } from './document.ts'
import { matcherOf } from './envoy/matchers.ts'

/** undefined: it is not a configuration of Traefik. */
export function readTraefik(document: Located): EdgeFile | undefined {
  const middlewares = membersOf(document.get('http', 'middlewares'))
  const routers = membersOf(document.get('http', 'routers'))
  if (middlewares.length === 0 && routers.length === 0) return undefined
  const checking = middlewares.filter(([, one]) => isSet(one.get('forwardAuth')))
  const names = new Set(checking.map(([name]) => name))
  const isChecked = ([, router]: Member): boolean =>
    textsIn(router.get('middlewares')).some(one => names.has(one.replace(/@.*$/, '')))
  const services = new Set(
    routers.filter(isChecked).map(([, router]) => textIn(router.get('service'))),
  )
  const unchecked = routers
    .filter(router => !isChecked(router))
    .map(router => toUnchecked(router, services))
  const callers = checking.map(([name, one], i) =>
    toCaller(name, one.get('forwardAuth'), i === 0 ? unchecked : []),
  )
  return { callers, notes: [] }
}

type Member = readonly [name: string, value: Located]

const membersOf = (located: Located): readonly Member[] =>
  isJsonObject(located.value)
    ? Object.keys(located.value).map(name => [name, located.get(name)] as const)
    : []

function toUnchecked([name, router]: Member, services: ReadonlySet<string>): UncheckedRoute {
  const rule = textIn(router.get('rule'))
  const [, kind, path = ''] = /(PathPrefix|Path)\(`([^`]*)`\)/.exec(rule) ?? []
  return {
    shown: `the router ${name}`,
    at: router.at,
    takes: (_, asked) => (kind === 'Path' ? asked === path : asked.startsWith(path)),
    removes: () => false,
    sharesUpstream: services.has(textIn(router.get('service'))),
  }
}

function toCaller(name: string, own: Located, unchecked: readonly UncheckedRoute[]): Caller {
  const [trust, address, sends] = [
    own.get('trustForwardHeader'),
    own.get('address'),
    own.get('authRequestHeaders'),
  ]
  const forwards = own.get('forwardBody').value === true
  const most = Number(own.get('maxBodySize').value)
  return {
    protocol: 'http',
    name: `the middleware ${name}`,
    at: own.at,
    failOpen: [],
    unnormalized:
      trust.value === true
        ? [
            {
              at: trust.at,
              message: 'trustForwardHeader: true lets clients name another path in X-Forwarded-Uri',
            },
          ]
        : [],
    unchecked,
    disabled: /^https?:\/\/[^/]+\/decisions\/?$/.test(textIn(address))
      ? []
      : [
          {
            at: address.at,
            message:
              'address does not end with /decisions: other paths of the port answer 200, which is an allow',
          },
        ],
    sends: isSet(sends) ? listOf(sends) : undefined,
    removesOnlyListed: true,
    copies: copied(own),
    bodyBytes: forwards ? (most > 0 ? most : Number.MAX_SAFE_INTEGER) : 0,
    bodyAt: own.get('forwardBody').at,
    retries: [],
  }
}

function copied(own: Located): HeaderList {
  const listed = listOf(own.get('authResponseHeaders'))
  const regex = matcherOf(textIn(own.get('authResponseHeadersRegex')), true)
  return { at: listed.at, test: name => listed.test(name) || regex(name) }
}
