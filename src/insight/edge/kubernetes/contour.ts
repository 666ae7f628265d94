/** Contour: HTTPProxies, and the check for all hosts of its configuration. */
import type { Caller, EdgeFile, UncheckedRoute } from '../caller.ts'
import { isSet, type Located, textIn, textsIn } from '../document.ts'
import { takesFirst, toPathRoute, type WrittenPath } from '../path-routes.ts'
import { bodyOf, openFault, plainCaller, timeoutOf } from '../settings.ts'
import { byFullName, nameOf, namespaceOf, type Resources } from './resource.ts'

/** The host of a root HTTPProxy with all routes that it includes. */
export function readContourHosts(document: Located, all: Resources): EdgeFile {
  const host = document.get('spec', 'virtualhost')
  if (!isSet(host)) return { callers: [], notes: [] }
  const auth = host.get('authorization')
  const general = all
    .ofKind('projectcontour.io/ContourConfiguration')
    .map(one => one.get('spec', 'globalExtAuth'))
    .find(isSet)
  const isChecked = isOn(auth) ?? isOn(general) ?? false
  const { routes, missing } = routesOf(document, all)
  const hosts = [textIn(host.get('fqdn')) || '*']
  const caller: Caller = {
    ...plainCaller(nameOf(document), host.at),
    ...(isSet(auth.get('extensionRef')) ? sending(auth) : { sendsNothing: true }),
    unchecked: uncheckedOf(routes, { hosts, isChecked }),
  }
  return {
    callers: [caller],
    notes: missing.map(
      name => `the HTTPProxy ${name}, which ${nameOf(document)} includes, is not in the files`,
    ),
  }
}

/** The check for all hosts. */
export function readContourConfiguration(document: Located): EdgeFile {
  const auth = document.get('spec', 'globalExtAuth')
  const callers = isSet(auth)
    ? [{ ...plainCaller(nameOf(document), auth.at), ...sending(auth) }]
    : []
  return { callers, notes: [] }
}

const sending = (auth: Located): Partial<Caller> => ({
  failOpen: openFault(auth.get('failOpen'), 'failOpen'),
  // It merges slashes and removes dot segments, and passes encoded slashes on.
  keepsSlashes: auth.at,
  ...timeoutOf(auth.get('responseTimeout'), 200),
  ...bodyOf(auth.get('withRequestBody'), 'maxRequestBytes', 1024),
})

/** Of a host, or of all of them. */
const isOn = (auth: Located | undefined): boolean | undefined =>
  auth === undefined || !isSet(auth) ? undefined : (policyOf(auth) ?? true)

/** Of a route, or of the authorization of a host; undefined: it says nothing. */
function policyOf(located: Located): boolean | undefined {
  const { value } = located.get('authPolicy', 'disabled')
  return typeof value === 'boolean' ? !value : undefined
}

interface Route {
  readonly route: Located
  /** Of all the HTTPProxies that lead to it. */
  readonly conditions: readonly Located[]
}

/** `missing`: names of HTTPProxies that are included and not known. */
function routesOf(root: Located, all: Resources) {
  const [routes, missing]: [Route[], string[]] = [[], []]
  const queue: Included[] = [{ proxy: root, around: [] }]
  const seen = new Set<Located>()
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (seen.has(next.proxy)) continue
    seen.add(next.proxy)
    routes.push(...ownRoutes(next))
    for (const include of next.proxy.get('spec', 'includes').items()) {
      const child = childOf(next, include, all)
      if (child === undefined) missing.push(textIn(include.get('name')))
      else queue.push(child)
    }
  }
  return { routes, missing }
}

interface Included {
  readonly proxy: Located
  /** Conditions of the HTTPProxies that include it. */
  readonly around: readonly Located[]
}

const ownRoutes = ({ proxy, around }: Included): readonly Route[] =>
  proxy
    .get('spec', 'routes')
    .items()
    .map(route => ({ route, conditions: [...around, ...route.get('conditions').items()] }))

function childOf(
  { proxy, around }: Included,
  include: Located,
  all: Resources,
): Included | undefined {
  const namespace = textIn(include.get('namespace')) || namespaceOf(proxy)
  const child = all.once(proxiesByName).get(`${namespace}/${textIn(include.get('name'))}`)
  const conditions = include.get('conditions').items()
  return child === undefined ? undefined : { proxy: child, around: [...around, ...conditions] }
}

const proxiesByName = (all: Resources) => byFullName(all.ofKind('projectcontour.io/HTTPProxy'))

interface Host {
  readonly hosts: readonly string[]
  readonly isChecked: boolean
}

function uncheckedOf(
  routes: readonly Route[],
  { hosts, isChecked }: Host,
): readonly UncheckedRoute[] {
  const isOff = ({ route }: Route): boolean => !(policyOf(route) ?? isChecked)
  const checked = routes.filter(one => !isOff(one))
  const others = checked.map(one => toPathRoute(hosts, writtenPath(one)))
  const services = new Set(checked.flatMap(servicesOf))
  return routes.filter(isOff).map(one => ({
    shown: `the route of ${prefixOf(one) || '/'}`,
    at: one.route.at,
    takes: takesFirst([toPathRoute(hosts, writtenPath(one))], others),
    removes: removedBy(one),
    sharesUpstream: servicesOf(one).some(service => services.has(service)),
    passesUnderscores: true,
  }))
}

const servicesOf = ({ route }: Route): readonly string[] =>
  route
    .get('services')
    .items()
    .map(one => textIn(one.get('name')))

/** By the route, or by each of its services. */
function removedBy({ route }: Route): (name: string) => boolean {
  const listOf = (one: Located): ReadonlySet<string> =>
    new Set(textsIn(one.get('requestHeadersPolicy', 'remove')).map(name => name.toLowerCase()))
  const own = listOf(route)
  const services = route.get('services').items().map(listOf)
  return name => own.has(name) || (services.length > 0 && services.every(one => one.has(name)))
}

/** Prefixes of all conditions, one behind the other. */
const prefixOf = ({ conditions }: Route): string =>
  conditions
    .map(one => textIn(one.get('prefix')))
    .join('')
    .replace(/\/{2,}/g, '/')

function writtenPath(route: Route): WrittenPath {
  const { conditions } = route
  const prefix = prefixOf(route)
  /** Behind the prefixes around it. */
  const behind = (key: string): string => {
    const text = conditions.map(one => textIn(one.get(key))).find(found => found !== '') ?? ''
    return text === '' ? '' : `${prefix.replace(/\/$/, '')}${text}`
  }
  return {
    exact: behind('exact'),
    expression: behind('regex'),
    prefix,
    isNarrow: conditions.some(one => isSet(one.get('header')) || isSet(one.get('queryParameter'))),
  }
}
