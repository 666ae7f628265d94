/** `Rule` of the group `rules.oarlock.dev`: its spec is a rule as in a rule file, without `id` and `version`. */
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  objectOf,
  toByteStrings,
} from '../../../../lib/json.ts'
import { nearest } from '../../../../lib/schema/nearest.ts'
import type { RuleDefinition } from '../../../definition.ts'
import { ruleKeys } from '../../document.ts'
import { readMatch } from '../../read-match.ts'
import { createReader } from '../../reader.ts'
import {
  deniedRule,
  documentWith,
  type ResourceKind,
  type StatusOf,
  type Validation,
} from './kind.ts'

export const oarlockRule: ResourceKind = {
  apiVersion: 'rules.oarlock.dev/v1',
  definition: 'rules.rules.oarlock.dev',
  // No id of maester's kind has a slash.
  idOf: ({ namespace, name }) => `${namespace}/${name}`,
  documentNameOf: ({ namespace, name }) => `rules.oarlock.dev/${namespace}/${name}`,
  documentOf: (id, spec) => {
    if (!isJsonObject(spec))
      return deniedRule({ id, match: null, problem: 'spec: expected an object' })
    const match = matchOf(spec['match'] ?? null)
    const problem = wrongKeys(spec)
    return problem === ''
      ? documentWith({ ...spec, id }, { id, match })
      : deniedRule({ id, match, problem })
  },
  validationOf,
  statusOf,
}

/** The resource has a name and a version of its own. */
const keys = ruleKeys.filter(key => key !== 'id' && key !== 'version')

/** The API server removes keys that the definition does not have, unless the definition is another one. */
const wrongKeys = (spec: JsonObject): string =>
  Object.keys(spec)
    .filter(key => !keys.includes(key))
    .map(
      key =>
        `spec: found the key ${JSON.stringify(key)}, expected ${nearest(key, keys) ?? keys.join(', ')}`,
    )
    .join('; ')

/** What the rule matches if the rest of it cannot be read. */
function matchOf(written: JsonValue): RuleDefinition['match'] {
  try {
    return readMatch(
      createReader(() => undefined),
      toByteStrings(written),
      'match',
    )
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { kind: 'invalid', written: {}, problem }
  }
}

/** The type of the condition. */
const type = 'Valid'
const longestTime = 40

const unknown: Validation = { valid: undefined, error: undefined }

function validationOf({ conditions }: JsonObject, generation: number | undefined): Validation {
  const list = Array.isArray(conditions) ? (conditions as readonly JsonValue[]) : []
  const own = list.map(objectOf).find(condition => condition['type'] === type)
  if (own === undefined) return unknown
  const { status, message, lastTransitionTime: since, observedGeneration } = own
  const isKnown = status === 'True' || (status === 'False' && typeof message === 'string')
  if (!isKnown) return unknown
  return {
    valid: status === 'True',
    error: status === 'True' ? undefined : String(message),
    since: typeof since === 'string' ? since.slice(0, longestTime) : undefined,
    isOld: observedGeneration !== generation,
  }
}

/** The resource has this condition alone. */
function statusOf({ valid, error }: Validation, { generation, validation }: StatusOf): JsonObject {
  const since = validation.valid === valid ? validation.since : undefined
  const condition = {
    type,
    status: valid === true ? 'True' : 'False',
    reason: valid === true ? 'Valid' : 'Invalid',
    message: error ?? '',
    lastTransitionTime: since ?? `${new Date().toISOString().slice(0, -5)}Z`,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  }
  return { conditions: [condition] }
}
