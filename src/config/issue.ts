import type { SchemaIssue } from '../lib/schema.ts'
import { withoutControls } from '../lib/without-controls.ts'

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
  /** The file itself cannot be read, in contrast to content that is not valid. */
  readonly isUnreadable?: true
}

export type Path = SchemaIssue['path']

export const keyOf = (path: Path): string => path.join('.')

/** One line: `oathkeeper.yaml:12:9 serve.api.port: found "4455" (string), expected a whole number`. */
export function renderIssue(issue: ConfigIssue): string {
  const { key, found, expected } = issue
  const place = [sourceOf(issue), key].filter(part => part !== '').join(' ')
  return withoutControls(`${place === '' ? '' : `${place}: `}found ${found}, expected ${expected}`)
}

function sourceOf({ file, line, column, variable }: ConfigIssue): string {
  if (variable !== undefined) return `$${variable}`
  return [file, line, column].filter(part => part !== undefined).join(':')
}
