/** Resources of gateways, each by its kind. */
import { readAgentgatewayPolicy } from '../agentgateway/agentgateway.ts'
import type { EdgeFile } from '../caller.ts'
import { isSet, type Located, textIn } from '../document.ts'
import { readContourConfiguration, readContourHosts } from './contour.ts'
import { readAuthService, readMapping, readModule } from './emissary.ts'
import { readAuthConfig, readGlooGateway, readGlooHosts, readSettings } from './gloo.ts'
import { readRoute } from './http-route.ts'
import { readGlobalAuth, readIngress } from './ingress-nginx.ts'
import { readMesh, uncheckedByPolicy } from './istio.ts'
import { readExtension, readTrafficPolicy } from './kgateway.ts'
import { kindOf, type Resources, resourcesOf } from './resource.ts'
import { readSecurityPolicy } from './security-policy.ts'
import { readIngressRoute, readMiddleware } from './traefik.ts'

/** The resources among these documents; a list stands for its items. */
export const resourcesIn = (documents: readonly Located[]): readonly Located[] =>
  documents
    .flatMap(one => (one.get('items').items().length > 0 ? one.get('items').items() : [one]))
    .filter(one => isMesh(one) || isMesh(one.get('meshConfig')) || kindOf(one) !== '')

export function readResources(
  documents: readonly Located[],
): readonly (EdgeFile & { readonly file: string })[] {
  const all = resourcesOf(documents)
  return documents.map(one => ({ ...readResource(one, all), file: one.at.file }))
}

const isMesh = (document: Located): boolean => isSet(document.get('extensionProviders'))

function readResource(document: Located, all: Resources): EdgeFile {
  if (isMesh(document)) return readMesh(document)
  if (isMesh(document.get('meshConfig'))) return readMesh(document.get('meshConfig'))
  const kind = kindOf(document)
  const read = readers.get(kind)
  if (read !== undefined) return read(document, all)
  const notes = ignored.has(kind)
    ? []
    : [`resources of the kind ${textIn(document.get('kind'))} are not known here`]
  return { callers: [], notes }
}

type Reader = (document: Located, all: Resources) => EdgeFile

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['gateway.networking.k8s.io/HTTPRoute', readRoute],
  ['gateway.envoyproxy.io/SecurityPolicy', readSecurityPolicy],
  ['security.istio.io/AuthorizationPolicy', uncheckedByPolicy],
  ['getambassador.io/AuthService', readAuthService],
  ['getambassador.io/Module', readModule],
  ['getambassador.io/Mapping', readMapping],
  ['projectcontour.io/HTTPProxy', readContourHosts],
  ['projectcontour.io/ContourConfiguration', readContourConfiguration],
  ['gloo.solo.io/Settings', readSettings],
  ['gateway.solo.io/Gateway', readGlooGateway],
  ['gateway.solo.io/VirtualService', readGlooHosts],
  ['enterprise.gloo.solo.io/AuthConfig', readAuthConfig],
  ['agentgateway.dev/AgentgatewayPolicy', readAgentgatewayPolicy],
  ['gateway.kgateway.dev/GatewayExtension', readExtension],
  ['gateway.kgateway.dev/TrafficPolicy', readTrafficPolicy],
  ['networking.k8s.io/Ingress', readIngress],
  ['/ConfigMap', readGlobalAuth],
  ['traefik.io/Middleware', readMiddleware],
  ['traefik.io/IngressRoute', readIngressRoute],
])

export const knownKinds: readonly string[] = [...readers.keys()]

/** Nothing in them is about checks. */
const ignored = new Set([
  'gateway.networking.k8s.io/Gateway',
  'gateway.networking.k8s.io/GatewayClass',
  'gateway.networking.k8s.io/ReferenceGrant',
  'networking.istio.io/VirtualService',
  'networking.istio.io/Gateway',
  'getambassador.io/Listener',
  'getambassador.io/Host',
  'projectcontour.io/ExtensionService',
  'gloo.solo.io/Upstream',
  'networking.k8s.io/IngressClass',
  'networking.k8s.io/NetworkPolicy',
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/DaemonSet',
  '/Service',
  '/ServiceAccount',
  '/Namespace',
  '/Secret',
])
