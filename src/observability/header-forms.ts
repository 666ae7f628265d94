/** Formats headers for the access log, without secrets: as members of a JSON object, or like Go prints a map. */
import { textOf } from '../lib/bytes.ts'
import { forEachHeader } from '../lib/header-pairs.ts'
import type { Redaction } from './redaction.ts'

export interface HeaderForms {
  /** `flat`: `[name, value, …]`. Without Host, like Oathkeeper. */
  readonly ofRequest: (flat: readonly string[]) => string
  /** `head`: the head of an answer as text. `size`: Content-Length in bytes. */
  readonly ofAnswer: (head: string) => { readonly text: string; readonly size: number }
}

/** The cached form of a header name, because the same names are repeated. */
interface Form {
  readonly name: string
  /** `"name":` or `name:` */
  readonly key: string
}

interface Style {
  readonly open: string
  readonly close: string
  readonly between: string
  /** `part` formats names and values, `whole` the result. */
  readonly part: (bytes: string) => string
  readonly whole: (text: string) => string
}

const special = /[^ !#-[\]-~]/

/** A byte string as a JSON string. */
export const jsonText = (bytes: string): string =>
  special.test(bytes) ? JSON.stringify(textOf(bytes)) : `"${bytes}"`

const unchanged = (text: string): string => text

export const styles = {
  json: { open: '{', close: '}', between: ',', part: jsonText, whole: unchanged },
  /** Quoted as a whole, so that values of a client cannot look like other fields of the line. */
  map: { open: 'map[', close: ']', between: ' ', part: unchanged, whole: jsonText },
} as const satisfies Record<string, Style>

/** Maximum of cached names, because clients choose them. */
const mostForms = 500

/** Names are written in lower case; only the first value of a name is shown, like Oathkeeper. */
export function createHeaderForms({ header }: Redaction, style: Style): HeaderForms {
  const forms = new Map<string, Form>()
  const formOf = (written: string): Form => {
    const known = forms.get(written)
    if (known !== undefined) return known
    const name = written.toLowerCase()
    const made = { name, key: `${style.part(name)}:` }
    if (forms.size < mostForms) forms.set(written, made)
    return made
  }
  const gather = (): Gathered => ({ names: new Set(), text: style.open })
  const whole = ({ text }: Gathered): string => style.whole(text + style.close)
  const take = (gathered: Gathered, { name, key }: Form, value: string): void => {
    if (gathered.names.has(name)) return
    const before = gathered.names.size === 0 ? '' : style.between
    gathered.text += before + key + style.part(header(name, value))
    gathered.names.add(name)
  }
  let last = { head: '', text: style.whole(style.open + style.close), size: 0 }
  return {
    ofRequest: flat => {
      const gathered = gather()
      forEachHeader(flat, (name, value) => {
        const form = formOf(name)
        if (form.name !== 'host') take(gathered, form, value)
      })
      return whole(gathered)
    },
    ofAnswer: head => {
      // Equal answers have equal heads until the Date header changes.
      if (head === last.head) return last
      const gathered = gather()
      let size = 0
      for (const [written, value] of linesOf(head)) {
        const form = formOf(written)
        if (form.name === 'content-length') size = Number(value)
        take(gathered, form, value)
      }
      last = { head, text: whole(gathered), size }
      return last
    },
  }
}

interface Gathered {
  readonly names: Set<string>
  text: string
}

/** The header lines after the status line. */
function linesOf(head: string): readonly (readonly [name: string, value: string])[] {
  const lines: (readonly [string, string])[] = []
  let start = head.indexOf('\r\n') + 2
  while (start > 1 && start < head.length) {
    const end = head.indexOf('\r\n', start)
    const colon = head.indexOf(': ', start)
    if (end <= start || colon < 0 || colon > end) break
    lines.push([head.slice(start, colon), head.slice(colon + 2, end)])
    start = end + 2
  }
  return lines
}
