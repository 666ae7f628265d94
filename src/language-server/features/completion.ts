/** Keys and values that may stand at a position. */
import type { CompletionItem, CompletionItemKind, Range } from 'vscode-languageserver-types'
import { type Path, type Schema, schemaOf, schemasAt } from '../schema/schema.ts'
import { createRanges } from '../text/ranges.ts'
import { type Slot, slotsAt } from '../text/slot.ts'
import { memberOf } from '../text/tree.ts'
import { type FileKind, type Names, type Stage, stages } from '../worker/messages.ts'
import { describe } from './describe.ts'

export interface Completing {
  readonly text: string
  readonly offset: number
  readonly kind: FileKind
  readonly isJson: boolean
  readonly names: Names | undefined
}

const property: CompletionItemKind = 10
const value: CompletionItemKind = 12

/** More are not offered. */
const mostItems = 500

export function completionsAt(asked: Completing): readonly CompletionItem[] {
  const schema = schemaOf(asked.kind)
  if (schema === undefined) return []
  const { between } = createRanges(asked.text)
  const items = slotsAt(asked.text, asked.offset).flatMap(slot => {
    const schemas = schemasAt(schema, slot.tree, slot.path)
    const place = { slot, range: between(slot.start, slot.end), isJson: asked.isJson }
    return slot.kind === 'key' ? keysOf(schemas, place) : valuesOf(schemas, place, asked)
  })
  return items.slice(0, mostItems)
}

interface Place {
  readonly slot: Slot
  readonly range: Range
  readonly isJson: boolean
}

function keysOf(schemas: readonly Schema[], { slot, range, isJson }: Place): CompletionItem[] {
  const keys = new Map<string, Schema[]>()
  for (const { properties = {} } of schemas) {
    for (const [name, below] of Object.entries(properties)) {
      keys.set(name, [...(keys.get(name) ?? []), below])
    }
  }
  for (const name of slot.siblings) keys.delete(name)
  const required = new Set(schemas.flatMap(one => one.required ?? []))
  return [...keys].map(([label, below]) => ({
    label,
    kind: property,
    ...(required.has(label) && { detail: 'required', sortText: `0${label}` }),
    documentation: { kind: 'markdown', value: describe(below) },
    textEdit: { range, newText: keyText(label, below, { isJson, isQuoted: slot.isQuoted }) },
  }))
}

function keyText(
  name: string,
  schemas: readonly Schema[],
  { isJson, isQuoted }: { readonly isJson: boolean; readonly isQuoted: boolean },
): string {
  if (isQuoted) return name
  if (isJson) return `${JSON.stringify(name)}: `
  const isNested = schemas.some(({ type }) => type === 'object' || type === 'array')
  return isNested ? `${name}:` : `${name}: `
}

function valuesOf(
  schemas: readonly Schema[],
  { slot, range, isJson }: Place,
  asked: Completing,
): CompletionItem[] {
  const named = namedAt(slot, asked)
  const values = named ?? [...new Set(schemas.flatMap(listedIn))]
  return values.map((one, i) => ({
    label: String(one),
    kind: value,
    sortText: String(i).padStart(5, '0'),
    textEdit: { range, newText: valueText(one, isJson, slot.isQuoted) },
  }))
}

function listedIn({ enum: values = [], const: only, type, default: initial }: Schema): unknown[] {
  const fallback = ['string', 'number', 'boolean'].includes(typeof initial) ? [initial] : []
  return [
    ...values,
    ...(only === undefined ? [] : [only]),
    ...(type === 'boolean' ? [true, false] : []),
    ...fallback,
  ]
}

/** In place of what the schema lists: enabled handlers, ids of rules, tokens of the file. */
function namedAt({ path, tree }: Slot, { kind, names }: Completing): readonly string[] | undefined {
  const last = path.at(-1)
  if (kind === 'rules' && last === 'handler') return names?.handlers[stageOf(path)]
  if (kind !== 'test') return undefined
  if (last === 'allow' && path.at(-2) === 'expect') return names?.rules
  const tokens = memberOf(tree, 'tokens')
  return last === 'as' && tokens?.kind === 'map'
    ? tokens.entries.map(({ key }) => key.text)
    : undefined
}

const stageOf = (path: Path): Stage =>
  stages.find(stage => path[1] === stage) ?? (path[1] === 'authorizer' ? 'authorizers' : 'mutators')

/** A plain text of YAML that would be read as something else has quotes. */
function valueText(one: unknown, isJson: boolean, isQuoted: boolean): string {
  if (typeof one !== 'string') return JSON.stringify(one)
  if (isQuoted) return JSON.stringify(one).slice(1, -1)
  const isPlain =
    /^[A-Za-z_][\w./-]*$/.test(one) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(one)
  return isPlain && !isJson ? one : JSON.stringify(one)
}
