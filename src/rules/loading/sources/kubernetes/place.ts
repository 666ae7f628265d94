/** Parses `kubernetes://namespace?parameters`. */
import { type PlaceProblem, parseParameters, placeProblem } from '../bucket-place.ts'

export interface KubernetesPlace {
  readonly kind: 'kubernetes_place'
  /** undefined: all namespaces. */
  readonly namespace: string | undefined
  readonly labelSelector: string | undefined
  /** The path of a file; undefined: what the client finds by itself. */
  readonly kubeconfig: string | undefined
  /** Whether problems of a resource are written into its status. */
  readonly status: boolean
}

const form = /^[^:]+:\/\/([^/?#]*)\/?(?:\?([^#]*))?$/
const name = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)?$/

export function parseKubernetesPlace(location: string): KubernetesPlace | PlaceProblem {
  const [whole, namespace = '', query] = form.exec(location) ?? []
  if (whole === undefined || !name.test(namespace))
    return placeProblem('expected kubernetes:// or kubernetes://namespace')
  const given = parseParameters(query, {
    labelSelector: 'text',
    kubeconfig: 'text',
    status: 'flag',
  })
  if (given.kind === 'place_problem') return given
  return {
    kind: 'kubernetes_place',
    namespace: namespace || undefined,
    labelSelector: given.texts.get('labelSelector'),
    kubeconfig: given.texts.get('kubeconfig'),
    status: given.flags.get('status') ?? true,
  }
}

/** The API path of the resources of a group and version. */
export const collectionPath = (
  apiVersion: string,
  { namespace }: Pick<KubernetesPlace, 'namespace'>,
): string =>
  namespace === undefined
    ? `${groupPath(apiVersion)}/rules`
    : `${groupPath(apiVersion)}/namespaces/${encodeURIComponent(namespace)}/rules`

/** The API path of a group and version: what it has. */
export const groupPath = (apiVersion: string): string => `/apis/${apiVersion}`
