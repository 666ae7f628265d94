/** What a schema says, as Markdown. */
import type { Schema } from '../schema/schema.ts'

/** Empty: it says nothing. */
export function describe(schemas: readonly Schema[]): string {
  const said = new Set(schemas.flatMap(({ description }) => description ?? []))
  const facts = [...new Set(schemas.flatMap(factsOf))]
  return [...said, ...(facts.length > 0 ? [facts.join(' · ')] : [])].join('\n\n')
}

function factsOf(schema: Schema): readonly string[] {
  const { type, enum: values, default: initial, examples } = schema
  return [
    ...(type === undefined || values !== undefined ? [] : [`type: ${[type].flat().join(' or ')}`]),
    ...(values === undefined ? [] : [`one of ${values.map(code).join(', ')}`]),
    ...(initial === undefined ? [] : [`default: ${code(initial)}`]),
    ...(examples === undefined ? [] : [`such as ${examples.map(code).join(', ')}`]),
  ]
}

const code = (value: unknown): string =>
  `\`${(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('`', "'")}\``
