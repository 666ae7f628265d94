import type { SchemaIssue } from '../lib/schema.ts'

/** One mistake in the configuration. */
export interface ConfigIssue {
  readonly file?: string
  /** Both count from 1. */
  readonly line?: number
  readonly column?: number
  /** The environment variable that the value came from. */
  readonly variable?: string
  /** Such as `serve.api.port`; empty: the whole document. */
  readonly key: string
  readonly found: string
  readonly expected: string
}

export type Path = SchemaIssue['path']

export const keyOf = (path: Path): string => path.join('.')

/** One line: `oathkeeper.yaml:12:9 serve.api.port: found "4455" (string), expected a whole number`. */
export function renderIssue(issue: ConfigIssue): string {
  const { key, found, expected } = issue
  const place = [sourceOf(issue), key].filter(part => part !== '').join(' ')
  return oneLine(`${place === '' ? '' : `${place}: `}found ${found}, expected ${expected}`)
}

function sourceOf({ file, line, column, variable }: ConfigIssue): string {
  if (variable !== undefined) return `$${variable}`
  return [file, line, column].filter(part => part !== undefined).join(':')
}

/** Removes line breaks and control characters: keys and texts come from a file that may be hostile. */
const oneLine = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, ' ')
