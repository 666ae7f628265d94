/** Traefik's resources: Middlewares and IngressRoutes. */
import type { Caller, EdgeFile } from '../caller.ts'
import { isSet, type Located, textIn, textsIn } from '../document.ts'
import { plainCaller } from '../settings.ts'
import { type Middlewares, type Router, toRouter, uncheckedOf } from '../traefik/routers.ts'
import { toCaller } from '../traefik/traefik.ts'
import { byFullName, nameOf, namespaceOf, type Resources } from './resource.ts'

export function readMiddleware(document: Located): EdgeFile {
  const auth = document.get('spec', 'forwardAuth')
  const callers = isSet(auth) ? [toCaller(nameOf(document), auth)] : []
  return { callers, notes: [] }
}

/** Its routes without a check. */
export function readIngressRoute(document: Located, all: Resources): EdgeFile {
  const known = all.once(allRouters)
  const own = known.get(document) ?? []
  const caller: Caller = {
    ...plainCaller(nameOf(document), document.at),
    sendsNothing: true,
    unchecked: uncheckedOf(own, [...known.values()].flat()),
  }
  return { callers: [caller], notes: own.flatMap(({ problem }) => problem ?? []) }
}

function allRouters(all: Resources): ReadonlyMap<Located, readonly Router[]> {
  const known = middlewaresOf(all)
  const documents = all.ofKind('traefik.io/IngressRoute')
  return new Map(documents.map(one => [one, routersOf(one, known)]))
}

/** Under `namespace/name`. */
function middlewaresOf(all: Resources): Middlewares {
  const byName = byFullName(all.ofKind('traefik.io/Middleware'))
  return {
    get: name => byName.get(name)?.get('spec'),
    chainedBy: (spec, name) =>
      namesIn(spec.get('chain', 'middlewares'), name.slice(0, name.indexOf('/'))),
  }
}

const fullName = (name: string, namespace: string): string => `${namespace}/${name}`

/** Of a list of references. */
const namesIn = (list: Located, namespace: string): readonly string[] =>
  list
    .items()
    .map(one => fullName(textIn(one.get('name')), textIn(one.get('namespace')) || namespace))

function routersOf(document: Located, known: Middlewares): readonly Router[] {
  const entryPoints = textsIn(document.get('spec', 'entryPoints'))
  const namespace = namespaceOf(document)
  return document
    .get('spec', 'routes')
    .items()
    .map(route => {
      const rule = textIn(route.get('match'))
      const services = route
        .get('services')
        .items()
        .map(one => textIn(one.get('name')))
      return toRouter(
        {
          name: `${textIn(document.get('metadata', 'name'))} (${rule})`,
          at: route.at,
          rule,
          service: fullName(services.join(), namespace),
          middlewares: namesIn(route.get('middlewares'), namespace),
          priority: Number(route.get('priority').value),
          entryPoints,
        },
        known,
      )
    })
}
