/** A kind of resource that is a rule: where the API server has it, and how its spec and its status are read. */
import { bytesOf } from '../../../../lib/bytes.ts'
import type { JsonObject, JsonValue } from '../../../../lib/json.ts'
import type { SourceDocument, StandIn } from '../contract.ts'

/** What the status of a resource says about its rule. */
export interface Validation {
  readonly valid: boolean | undefined
  readonly error: string | undefined
  /** When `valid` became what it is, as RFC 3339 writes it; undefined: the kind does not say it. */
  readonly since?: string | undefined
  /** It is about an earlier generation of the resource. */
  readonly isOld?: boolean
}

/** `namespace` and `name` are names of Kubernetes: the first without dots, both without slashes. */
export interface ResourceName {
  readonly namespace: string
  readonly name: string
}

export type RuleText = Omit<SourceDocument, 'name'>

/** The resource that a status is about. */
export interface StatusOf {
  /** Changes with every change of the spec. */
  readonly generation: number | undefined
  /** What the status says now. */
  readonly validation: Validation
}

export interface ResourceKind {
  /** Group and version, as in `apiVersion`. */
  readonly apiVersion: string
  /** The name of the CustomResourceDefinition. */
  readonly definition: string
  /** Unique among the rules of all kinds. */
  readonly idOf: (name: ResourceName) => string
  readonly documentNameOf: (name: ResourceName) => string
  readonly documentOf: (id: string, spec: JsonValue | undefined) => RuleText
  readonly validationOf: (status: JsonObject, generation: number | undefined) => Validation
  /** The status, as a merge patch. */
  readonly statusOf: (validation: Validation, before: StatusOf) => JsonObject
}

/** `Rule`, of the kind of a resource and of an event. */
export const resourceKind = 'Rule'

/** The longest rule, in bytes. */
const longestRule = 2 ** 20

/** The document with this one rule. */
export function documentWith(rule: JsonObject, standIn: StandIn): RuleText {
  const bytes = bytesIn([rule])
  return bytes.length > longestRule
    ? deniedRule({ ...standIn, problem: `the rule is longer than ${longestRule} bytes` })
    : { bytes, standIn }
}

/** A document whose rule denies what `standIn` matches. */
export const deniedRule = (standIn: StandIn): RuleText => ({
  bytes: bytesIn(standIn as unknown as JsonValue),
  standIn:
    standIn.problem === undefined ? standIn : { ...standIn, problem: bytesOf(standIn.problem) },
})

/** Escapes `*`, which looks like a YAML alias: each such rule would be parsed in a thread of its own. */
const bytesIn = (value: JsonValue): Buffer =>
  Buffer.from(JSON.stringify(value).replaceAll('*', '\\u002a'))
