/** The definition of `rules.oarlock.dev` as the API server reads it: its structural schema, and its checks in CEL. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CelInput, celEnv, parse as parseCel, plan } from '@bufbuild/cel'
import { parse } from 'yaml'
import { createAjv } from '../../.ci/validators/ajv.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import { root } from './folder.ts'

interface Definition {
  readonly spec: {
    readonly versions: readonly {
      readonly schema: {
        readonly openAPIV3Schema: { readonly properties: { readonly spec: Structural } }
      }
    }[]
  }
}

interface Structural {
  readonly type: string
  readonly description?: string
  readonly nullable?: true
  readonly properties?: Readonly<Record<string, Structural>>
  readonly additionalProperties?: Structural
  readonly items?: Structural
  readonly 'x-kubernetes-preserve-unknown-fields'?: true
  readonly 'x-kubernetes-validations'?: readonly {
    readonly rule: string
    readonly message: string
  }[]
}

export const definitionFile = join(root, 'deploy/kubernetes/crd/oarlock-rules.yaml')

const schemaOf = (): Structural => {
  const definition = parse(readFileSync(definitionFile, 'utf8')) as Definition
  const schema = definition.spec.versions[0]?.schema.openAPIV3Schema.properties.spec
  if (schema === undefined) throw new Error('the definition has no schema')
  return schema
}

/** What is wrong with a spec. Unknown keys are mistakes, as for a client that asks for strict validation. */
export function createDefinitionCheck(): (spec: JsonObject) => readonly string[] {
  const schema = schemaOf()
  const validate = createAjv().compile(toJsonSchema(schema))
  return spec => {
    if (!validate(spec))
      return (validate.errors ?? []).map(
        ({ instancePath, message }) => `${instancePath} ${message}`,
      )
    return failing(schema, spec)
  }
}

function toJsonSchema(schema: Structural): object {
  const {
    'x-kubernetes-validations': _,
    'x-kubernetes-preserve-unknown-fields': isOpen,
    ...rest
  } = schema
  const { nullable, properties, additionalProperties, items, ...fixed } = rest
  return {
    ...fixed,
    type: nullable ? [schema.type, 'null'] : schema.type,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, below]) => [key, toJsonSchema(below)]),
      ),
    }),
    ...(additionalProperties && { additionalProperties: toJsonSchema(additionalProperties) }),
    ...(properties && !isOpen ? { additionalProperties: false } : {}),
    ...(items && { items: toJsonSchema(items) }),
  }
}

/** The messages of the checks that a value and what is in it do not pass. */
function failing(schema: Structural, value: JsonValue): readonly string[] {
  const checks = schema['x-kubernetes-validations'] ?? []
  const own = checks.filter(({ rule }) => holds(rule, value) !== true).map(({ message }) => message)
  const below = childrenOf(schema, value).flatMap(([child, item]) => failing(child, item))
  return [...own, ...below]
}

function childrenOf(
  schema: Structural,
  value: JsonValue,
): readonly (readonly [Structural, JsonValue])[] {
  const { items, properties = {}, additionalProperties } = schema
  if (Array.isArray(value))
    return items ? value.map((item: JsonValue) => [items, item] as const) : []
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([key, item]) => {
    const child = properties[key] ?? additionalProperties
    return child ? [[child, item] as const] : []
  })
}

const environment = celEnv()
const planned = new Map<string, ReturnType<typeof plan>>()

function holds(rule: string, self: JsonValue): unknown {
  const run = planned.get(rule) ?? plan(environment, parseCel(rule))
  planned.set(rule, run)
  return run({ self: self as CelInput })
}
