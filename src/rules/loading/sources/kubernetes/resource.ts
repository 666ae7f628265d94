/** Reads a resource of the cluster. */
import { isJsonObject, type JsonObject, type JsonValue, objectOf } from '../../../../lib/json.ts'
import type { SourceDocument } from '../contract.ts'
import {
  deniedRule,
  type ResourceKind,
  type RuleText,
  resourceKind,
  type StatusOf,
} from './kind.ts'

export interface Resource extends StatusOf {
  /** `namespace/name` */
  readonly key: string
  readonly id: string
  readonly namespace: string
  readonly name: string
  /** Changes with every change of the resource, including its status. */
  readonly version: string
  /** Changes when the text of the rule changes. */
  readonly edition: string
  readonly document: SourceDocument
}

/** undefined when the value is not a resource of that kind. */
export function readResource(
  value: JsonValue | undefined,
  kind: ResourceKind,
): Resource | undefined {
  if (!isJsonObject(value) || isOther(value, kind)) return undefined
  const metadata = objectOf(value['metadata'])
  const [namespace, name] = [textIn(metadata, 'namespace'), textIn(metadata, 'name')]
  if (!namespaceForm.test(namespace) || !nameForm.test(name)) return undefined
  const written = { namespace, name }
  const id = kind.idOf(written)
  const generation = numberIn(metadata, 'generation')
  return {
    key: `${namespace}/${name}`,
    id,
    namespace,
    name,
    version: textIn(metadata, 'resourceVersion'),
    edition: `${textIn(metadata, 'uid')} ${JSON.stringify(metadata['generation'])}`,
    document: { name: kind.documentNameOf(written), ...documentOf(kind, id, value['spec']) },
    generation,
    validation: kind.validationOf(objectOf(value['status']), generation),
  }
}

/** A rule that cannot be written denies, and does not affect the others. */
function documentOf(kind: ResourceKind, id: string, spec: JsonValue | undefined): RuleText {
  try {
    return kind.documentOf(id, spec)
  } catch {
    return deniedRule({ id, match: null, problem: 'spec: found too many levels' })
  }
}

/** Names of Kubernetes. They make the ids of rules: with other characters two could be the same. */
const namespaceForm = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const nameForm = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/

/** Items of a list may leave both out. */
const isOther = ({ apiVersion, kind: of }: JsonObject, kind: ResourceKind): boolean =>
  (apiVersion !== undefined && apiVersion !== kind.apiVersion) ||
  (of !== undefined && of !== resourceKind)

const numberIn = (object: JsonObject, key: string): number | undefined => {
  const value = object[key]
  return typeof value === 'number' ? value : undefined
}

const textIn = (object: JsonObject, key: string): string => {
  const value = object[key]
  return typeof value === 'string' ? value : ''
}
