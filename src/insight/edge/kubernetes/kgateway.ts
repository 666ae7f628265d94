/** kgateway: GatewayExtensions that send checks, and TrafficPolicies that switch them off. */
import type { Caller, EdgeFile, Fault } from '../caller.ts'
import { isSet, type Located, listOf, textIn } from '../document.ts'
import { bodyOf, listWith, openFault, plainCaller, timeoutOf, wrongPath } from '../settings.ts'
import { uncheckedRules } from './http-route.ts'
import { byFullName, nameOf, namespaceOf, type Resources } from './resource.ts'

export function readExtension(document: Located): EdgeFile {
  const auth = document.get('spec', 'extAuth')
  if (!isSet(auth)) return { callers: [], notes: [] }
  const [grpc, http, sends] = [
    auth.get('grpcService'),
    auth.get('httpService'),
    auth.get('headersToForward'),
  ]
  const caller: Caller = {
    ...plainCaller(nameOf(document), auth.at),
    failOpen: openFault(auth.get('failOpen'), 'failOpen'),
    ...bodyOf(auth.get('withRequestBody'), 'maxRequestBytes'),
    ...(isSet(http)
      ? { ...httpParts(http), sends: listWith(['host', 'authorization', 'content-length'], sends) }
      : {
          ...timeoutOf(grpc.get('requestTimeout')),
          sends: isSet(sends) ? listOf(sends) : undefined,
        }),
  }
  return { callers: [caller], notes: [] }
}

const httpParts = (http: Located): Partial<Caller> => ({
  protocol: 'http',
  disabled: wrongPath(http.get('pathPrefix'), 'pathPrefix'),
  ...timeoutOf(http.get('requestTimeout'), 2000),
  copies: listOf(http.get('authorizationResponse', 'headersToBackend')),
  copiesToClient: listOf(http.get('authorizationResponse', 'headersToClientOnSuccess')),
})

export function readTrafficPolicy(document: Located, all: Resources): EdgeFile {
  const auth = document.get('spec', 'extAuth')
  const isOff = isSet(auth.get('disable'))
  const targets = document.get('spec', 'targetRefs').items()
  const read = isOff ? targets.map(target => targetOf(document, target, all)) : []
  const caller: Caller = {
    ...plainCaller(nameOf(document), auth.at),
    sendsNothing: true,
    disabled: partly(auth.get('percentageEnabled')),
    unchecked: read.flatMap(({ route }) => (route === undefined ? [] : uncheckedRules(route))),
  }
  return {
    callers: [caller],
    notes: read
      .filter(({ route }) => route === undefined)
      .map(({ shown }) => `${nameOf(document)}: its target ${shown} is not in the files`),
  }
}

const partly = (share: Located): readonly Fault[] =>
  isSet(share) && share.value !== 100
    ? [{ at: share.at, message: 'percentageEnabled: a part of the requests is not checked' }]
    : []

/** `route` is undefined where the target is another kind, or not known. */
function targetOf(document: Located, target: Located, all: Resources) {
  const [kind, name] = [textIn(target.get('kind')), textIn(target.get('name'))]
  const route =
    kind === 'HTTPRoute'
      ? all.once(routesByName).get(`${namespaceOf(document)}/${name}`)
      : undefined
  return { shown: `${kind} ${name}`, route }
}

const routesByName = (all: Resources) =>
  byFullName(all.ofKind('gateway.networking.k8s.io/HTTPRoute'))
