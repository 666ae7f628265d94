/** ingress-nginx: the annotations of an Ingress, and the check for all of the ConfigMap. */
import type { Caller, EdgeFile, Fault, HeaderList, UncheckedRoute } from '../caller.ts'
import { isSet, type Located, textIn } from '../document.ts'
import { matcherOf } from '../envoy/matchers.ts'
import { type PathRoute, takesFirst, toPathRoute } from '../path-routes.ts'
import { plainCaller, wrongUrl } from '../settings.ts'
import { membersOf } from '../traefik/routers.ts'
import { nameOf, namespaceOf, type Resources } from './resource.ts'

const prefix = 'nginx.ingress.kubernetes.io/'

const annotation = (ingress: Located, name: string): Located =>
  ingress.get('metadata', 'annotations', `${prefix}${name}`)

const globalUrl = (map: Located): Located => map.get('data', 'global-auth-url')

export function readIngress(document: Located, all: Resources): EdgeFile {
  const nothing = { callers: [], notes: [] }
  if (!isOfNginx(document, all)) {
    return { ...nothing, notes: [`${nameOf(document)}: its controller is not known here`] }
  }
  const url = annotation(document, 'auth-url')
  const notes = snippets
    .filter(name => isSet(annotation(document, name)))
    .map(name => `${nameOf(document)}: the annotation ${name}`)
  if (isSet(url)) return { callers: [toCaller(document, url)], notes }
  if (isChecked(document, all)) return { ...nothing, notes }
  const caller: Caller = {
    ...plainCaller(nameOf(document), document.at),
    sendsNothing: true,
    unchecked: toUnchecked(document, all),
  }
  return { callers: [caller], notes }
}

const snippets = ['auth-snippet', 'configuration-snippet', 'server-snippet']

/** By its class, its annotations, or because others are. */
function isOfNginx(ingress: Located, all: Resources): boolean {
  const written =
    textIn(ingress.get('spec', 'ingressClassName')) ||
    textIn(ingress.get('metadata', 'annotations', 'kubernetes.io/ingress.class'))
  return written === '' ? all.once(usesNginx) : written.includes('nginx')
}

const usesNginx = (all: Resources): boolean =>
  all
    .ofKind('networking.k8s.io/Ingress')
    .flatMap(one => membersOf(one.get('metadata', 'annotations')))
    .some(([name]) => name.startsWith(prefix))

const isGlobal = (all: Resources): boolean =>
  all.ofKind('/ConfigMap').some(one => isSet(globalUrl(one)))

function isChecked(ingress: Located, all: Resources): boolean {
  if (isSet(annotation(ingress, 'auth-url'))) return true
  const isExcepted = textIn(annotation(ingress, 'enable-global-auth')) === 'false'
  return !isExcepted && all.once(isGlobal)
}

const toCaller = (ingress: Located, url: Located): Caller => ({
  ...plainCaller(nameOf(ingress), url.at),
  ...sending(url, annotation(ingress, 'auth-response-headers')),
  disabled: [
    ...wrongUrl(url, 'auth-url'),
    ...cached(annotation(ingress, 'auth-cache-key'), 'auth-cache-key'),
  ],
})

/** The check for all of the ConfigMap of the controller. */
export function readGlobalAuth(document: Located): EdgeFile {
  const url = globalUrl(document)
  if (!isSet(url)) return { callers: [], notes: [] }
  const key = document.get('data', 'global-auth-cache-key')
  const caller: Caller = {
    ...plainCaller(nameOf(document), url.at),
    ...sending(url, document.get('data', 'global-auth-response-headers')),
    disabled: [...wrongUrl(url, 'global-auth-url'), ...cached(key, 'global-auth-cache-key')],
  }
  return { callers: [caller], notes: [] }
}

const sending = (url: Located, copied: Located): Partial<Caller> => ({
  protocol: 'http',
  copies: commaList(copied),
  removesOnlyListed: true,
  // The first cookie only.
  copiesToClient: { at: url.at, test: name => name === 'set-cookie' },
  bodyBytes: 0,
  bodyAt: url.at,
})

const cached = (key: Located, name: string): readonly Fault[] =>
  textIn(key) === ''
    ? []
    : [
        {
          at: key.at,
          message: `${name}: requests with the same key are not checked, whatever else they have: remove it`,
        },
      ]

function commaList(list: Located): HeaderList {
  const names = new Set(
    textIn(list)
      .split(',')
      .map(name => name.trim().toLowerCase()),
  )
  return { at: list.at, test: name => names.has(name) }
}

interface IngressPath {
  readonly at: Located['at']
  readonly shown: string
  readonly route: PathRoute
  readonly backend: string
}

function toUnchecked(ingress: Located, all: Resources): readonly UncheckedRoute[] {
  const { routes, backends } = all.once(checkedPaths)
  return pathsOf(ingress).map(({ at, shown, route, backend }) => ({
    shown,
    at,
    takes: takesFirst([route], routes),
    removes: () => false,
    sharesUpstream: backends.has(backend),
  }))
}

function checkedPaths(all: Resources) {
  const paths = all
    .ofKind('networking.k8s.io/Ingress')
    .filter(one => isChecked(one, all))
    .flatMap(pathsOf)
  return {
    routes: paths.map(({ route }) => route),
    backends: new Set(paths.map(({ backend }) => backend)),
  }
}

function pathsOf(ingress: Located): readonly IngressPath[] {
  const isRegex = textIn(annotation(ingress, 'use-regex')) === 'true'
  const written = ingress
    .get('spec', 'rules')
    .items()
    .flatMap(rule =>
      rule
        .get('http', 'paths')
        .items()
        .map(path => toPath(ingress, { rule, path, isRegex })),
    )
  const general = ingress.get('spec', 'defaultBackend')
  if (!isSet(general)) return written
  const route = toPathRoute([], { isNarrow: false })
  const backend = backendOf(ingress, general)
  return [...written, { at: general.at, shown: 'the default backend', route, backend }]
}

interface Written {
  readonly rule: Located
  readonly path: Located
  readonly isRegex: boolean
}

function toPath(ingress: Located, { rule, path, isRegex }: Written): IngressPath {
  const text = textIn(path.get('path')) || '/'
  const host = textIn(rule.get('host'))
  const hosts = host === '' ? [] : [host]
  const isExact = textIn(path.get('pathType')) === 'Exact'
  return {
    at: path.at,
    shown: `the path ${text}`,
    route:
      isRegex && !isExact
        ? // A location ~* of nginx, the longest one first.
          { hosts, takesPath: matcherOf(`${text}.*`, true), weight: text.length, isNarrow: false }
        : toPathRoute(hosts, { [isExact ? 'exact' : 'prefix']: text, isNarrow: false }),
    backend: backendOf(ingress, path.get('backend')),
  }
}

const backendOf = (ingress: Located, backend: Located): string =>
  `${namespaceOf(ingress)}/${textIn(backend.get('service', 'name')) || textIn(backend.get('serviceName'))}`
