/** Converts a resource of the cluster to a rule document, as oathkeeper-maester does. */
import { bytesOf } from '../../../../lib/bytes.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../lib/json.ts'
import type { RuleDefinition } from '../../../definition.ts'
import type { SourceDocument, StandIn } from '../contract.ts'

/** What the status of a resource says about its rule. */
export interface Validation {
  readonly valid: boolean | undefined
  readonly error: string | undefined
}

export interface Resource {
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
  readonly validation: Validation
}

/** The longest rule, in bytes. */
export const longestRule = 2 ** 20

/** undefined when the value is not a resource. */
export function readResource(value: JsonValue | undefined): Resource | undefined {
  if (!isJsonObject(value)) return undefined
  const metadata = objectOf(value['metadata'])
  const [namespace, name] = [textIn(metadata, 'namespace'), textIn(metadata, 'name')]
  if (namespace === '' || name === '') return undefined
  const key = `${namespace}/${name}`
  const id = `${name}.${namespace}`
  return {
    key,
    id,
    namespace,
    name,
    version: textIn(metadata, 'resourceVersion'),
    edition: `${textIn(metadata, 'uid')} ${JSON.stringify(metadata['generation'])}`,
    document: { name: key, ...documentOf(id, value['spec']) },
    validation: validationOf(value['status']),
  }
}

const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

const textIn = (object: JsonObject, key: string): string => {
  const value = object[key]
  return typeof value === 'string' ? value : ''
}

function validationOf(status: JsonValue | undefined): Validation {
  const validation = objectOf(objectOf(status)['validation'])
  const { valid, validationError: error } = validation
  return {
    valid: typeof valid === 'boolean' ? valid : undefined,
    error: typeof error === 'string' ? error : undefined,
  }
}

function documentOf(id: string, spec: JsonValue | undefined): Omit<SourceDocument, 'name'> {
  const match = matchOf(objectOf(objectOf(spec)['match']))
  if (!isJsonObject(spec)) return deniedRule({ id, match, problem: 'spec: expected an object' })
  const bytes = bytesIn([toRule(id, spec)])
  if (bytes.length > longestRule)
    return deniedRule({ id, match, problem: `the rule is longer than ${longestRule} bytes` })
  return { bytes, standIn: { id, match } }
}

const deniedRule = (standIn: StandIn) => ({
  bytes: bytesIn(standIn as unknown as JsonValue),
  standIn,
})

/** Escapes `*`, which looks like a YAML alias: each such rule would be parsed in a thread of its own. */
const bytesIn = (value: JsonValue): Buffer =>
  Buffer.from(JSON.stringify(value).replaceAll('*', '\\u002a'))

/** The parts of the match that are valid. */
function matchOf({ url, methods }: JsonObject): RuleDefinition['match'] {
  if (typeof url !== 'string') return null
  const list = Array.isArray(methods) ? (methods as readonly JsonValue[]) : []
  const known = list.filter(method => typeof method === 'string')
  return { kind: 'url', url: bytesOf(url), methods: known.map(bytesOf) }
}

/** Missing parts deny, as in oathkeeper-maester. */
function toRule(id: string, spec: JsonObject): JsonObject {
  const { match, authenticators, authorizer, mutators, errors } = spec
  return {
    id,
    match: match ?? null,
    authenticators: authenticators ?? [{ handler: 'unauthorized' }],
    authorizer: authorizer ?? { handler: 'deny' },
    mutators: mutators ?? [{ handler: 'noop' }],
    errors: errors ?? null,
    upstream: upstreamOf(spec['upstream'] ?? {}),
  }
}

function upstreamOf(upstream: JsonValue): JsonValue {
  if (!isJsonObject(upstream)) return upstream
  const { url = null, stripPath = null, preserveHost = null } = upstream
  return { url, strip_path: stripPath, preserve_host: preserveHost }
}
