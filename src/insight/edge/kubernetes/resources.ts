/** Resources of gateways, each by its kind. */
import type { EdgeFile } from '../caller.ts'
import { isSet, type Located, textIn } from '../document.ts'
import { readRoute } from './http-route.ts'
import { readMesh, uncheckedByPolicy } from './istio.ts'
import { readSecurityPolicy } from './security-policy.ts'

/** undefined: these are no resources. */
export function readResources(documents: readonly Located[]): EdgeFile | undefined {
  const all = documents.flatMap(one =>
    one.get('items').items().length > 0 ? one.get('items').items() : [one],
  )
  const read = all.map(readResource)
  return read.every(one => one === undefined)
    ? undefined
    : {
        callers: read.flatMap(one => one?.callers ?? []),
        notes: read.flatMap(one => one?.notes ?? []),
      }
}

const ignored = new Set([
  'Gateway',
  'GatewayClass',
  'VirtualService',
  'Service',
  'Deployment',
  'ConfigMap',
  'Namespace',
  'Secret',
  'ReferenceGrant',
])

function readResource(document: Located): EdgeFile | undefined {
  if (isSet(document.get('extensionProviders'))) return readMesh(document)
  if (isSet(document.get('meshConfig', 'extensionProviders')))
    return readMesh(document.get('meshConfig'))
  const kind = textIn(document.get('kind'))
  if (kind === '' || !isSet(document.get('apiVersion'))) return undefined
  if (kind === 'HTTPRoute') return { callers: readRoute(document), notes: [] }
  if (kind === 'SecurityPolicy') return { callers: readSecurityPolicy(document), notes: [] }
  if (kind === 'AuthorizationPolicy') return uncheckedByPolicy(document)
  return {
    callers: [],
    notes: ignored.has(kind) ? [] : [`resources of the kind ${kind} are not known here`],
  }
}
