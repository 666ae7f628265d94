/** Advice on templates that produce JSON: each value must be encoded, and the encoding adds the quotes. */
import type { Advice } from './kind.ts'

/** One `{{ ... }}` of a template. */
export interface Action {
  /** The text between the braces. */
  readonly text: string
  /** Counted from 1. */
  readonly position: number
  /** True inside a string of the surrounding JSON. */
  readonly isQuoted: boolean
}

/** One line for each value that may break the surrounding JSON. */
export const adviseOnJson = (field: string, source: string): readonly Advice[] =>
  actionsOf(source).flatMap(action => {
    const advice = adviseOnAction(action)
    const { text, position } = action
    if (advice === undefined) return []
    const message = `{{${text}}} at position ${position} ${advice}`
    return [{ code: 'unencoded', key: field, message }]
  })

const session = /\.(?:Subject|Extra|MatchContext)\b/
/** Actions that print no value: conditions, loops, assignments and comments. */
export const control =
  /^-?\s*(?:if|else|end|range|with|define|block|break|continue|template|\/\*|\$\w+\s*:?=)/
const encoded = /\b(?:must)?to(?:Raw|Pretty)?Json\b/
const encodedLast = /\b(?:must)?to(?:Raw|Pretty)?Json\s*-?$/
/** The output of these cannot end a JSON string. */
const harmless = /\b(?:quote|b64enc|b32enc|sha1sum|sha256sum|urlquery|int|int64|len)\b/

function adviseOnAction({ text, isQuoted }: Action): string | undefined {
  if (control.test(text) || !session.test(text) || harmless.test(text)) return undefined
  if (encoded.test(text)) {
    const hasTwo = isQuoted && encodedLast.test(text)
    return hasTwo ? 'adds its own quotes: leave out those around it' : undefined
  }
  return isQuoted
    ? 'is not encoded: a quote in the value ends the text; pass it to toJson and leave out the quotes around it'
    : 'is not encoded: pass it to toJson'
}

/** One pass over the source. */
export function actionsOf(source: string): readonly Action[] {
  const actions: Action[] = []
  let isQuoted = false
  for (let at = 0; at < source.length; at++) {
    if (source.startsWith('{{', at)) {
      const end = endOf(source, at + 2)
      actions.push({ text: source.slice(at + 2, end), position: at + 1, isQuoted })
      at = end + 1
    } else if (isQuoted && source[at] === '\\') at++
    else if (source[at] === '"') isQuoted = !isQuoted
  }
  return actions
}

/** The position of the `}}` that ends an action; a string inside it may contain `}}`. */
function endOf(source: string, from: number): number {
  for (let at = from; at < source.length; at++) {
    if (source.startsWith('}}', at)) return at
    const quote = source[at]
    if (quote === '"' || quote === '`' || quote === "'") at = endOfText(source, at, quote)
  }
  return source.length
}

function endOfText(source: string, from: number, quote: string): number {
  for (let at = from + 1; at < source.length; at++) {
    if (source[at] === quote) return at
    if (source[at] === '\\' && quote !== '`') at++
  }
  return source.length
}

/** It prints a value of the session. */
export const printsValue = ({ text }: Action): boolean => !control.test(text) && session.test(text)

/** Its output has no character with a meaning in JSON or in a URL. */
export const isHarmless = ({ text }: Action): boolean => harmless.test(text)
