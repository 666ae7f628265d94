/** Keys of the configuration that a page names. */
import { configSchema } from '../../src/config/schema/root.ts'
import { propertiesOf, type SchemaNode } from '../../src/config/schema/walk.ts'

const top: SchemaNode = configSchema

/** Texts in backticks that begin as a key of the configuration does, without the value behind a colon. */
export const keysIn = (page: string): readonly string[] =>
  [...page.replaceAll(/```.*?```/gs, '').matchAll(/`([a-z0-9_]+(?:\.[a-z0-9_]+)+)(?::[^`]*)?`/g)]
    .map(([, key = '']) => key)
    .filter(key => Object.hasOwn(propertiesOf(top), key.split('.')[0] ?? ''))

/** What the schema says of a key; undefined: it is none. */
export function schemaOf(key: string): SchemaNode | undefined {
  let at: SchemaNode | undefined = top
  for (const name of key.split('.')) at = at && propertiesOf(at)[name]
  return at
}

export const isKey = (key: string): boolean => schemaOf(key) !== undefined
