/** oathkeeper-maester's `Rule`, converted to a rule as maester does. */
import { bytesOf } from '../../../../lib/bytes.ts'
import { isJsonObject, type JsonObject, type JsonValue, objectOf } from '../../../../lib/json.ts'
import type { RuleDefinition } from '../../../definition.ts'
import { deniedRule, documentWith, type ResourceKind } from './kind.ts'

export const maesterRule: ResourceKind = {
  apiVersion: 'oathkeeper.ory.sh/v1alpha1',
  definition: 'rules.oathkeeper.ory.sh',
  idOf: ({ namespace, name }) => `${name}.${namespace}`,
  documentNameOf: ({ namespace, name }) => `${namespace}/${name}`,
  documentOf: (id, spec) => {
    const match = matchOf(objectOf(objectOf(spec)['match']))
    return isJsonObject(spec)
      ? documentWith(toRule(id, spec), { id, match })
      : deniedRule({ id, match, problem: 'spec: expected an object' })
  },
  validationOf: ({ validation }) => {
    const { valid, validationError: error } = objectOf(validation)
    return {
      valid: typeof valid === 'boolean' ? valid : undefined,
      error: typeof error === 'string' ? error : undefined,
    }
  },
  statusOf: ({ valid, error }) => ({
    validation: { valid: valid ?? null, validationError: error ?? null },
  }),
}

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
