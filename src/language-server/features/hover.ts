import type { Hover } from 'vscode-languageserver-types'
import { schemaOf, schemasAt } from '../schema/schema.ts'
import { pathAt } from '../text/path-at.ts'
import { createRanges } from '../text/ranges.ts'
import type { FileKind } from '../worker/messages.ts'
import { describe } from './describe.ts'

/** What the schema says of the key or value there; null: nothing. */
export function hoverAt(text: string, offset: number, kind: FileKind): Hover | null {
  const schema = schemaOf(kind)
  if (schema === undefined) return null
  const { tree, between } = createRanges(text)
  const pointed = pathAt(tree, offset)
  if (pointed === undefined) return null
  const value = describe(schemasAt(schema, tree, pointed.path))
  if (value === '') return null
  return {
    contents: { kind: 'markdown', value },
    range: between(pointed.start, pointed.end),
  }
}
