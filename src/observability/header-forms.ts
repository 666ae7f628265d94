/** Headers as the access log shows them, secrets hidden: members of a JSON object, or as Go prints a map. */
import { textOf } from '../lib/bytes.ts'
import type { Redaction } from './redaction.ts'

export interface HeaderForms {
  /** A flat list, as a whole object; Host is left out, as in the original. */
  readonly ofRequest: (flat: readonly string[]) => string
  /** A head as text. `size`: what Content-Length says. */
  readonly ofAnswer: (head: string) => { readonly text: string; readonly size: number }
}

/** What is known of a name as it was written: the same few come again and again. */
interface Form {
  readonly name: string
  /** `"name":` or `name:` */
  readonly key: string
}

interface Style {
  readonly open: string
  readonly close: string
  readonly between: string
  /** Of names and values; of the whole. */
  readonly part: (bytes: string) => string
  readonly whole: (text: string) => string
}

const special = /[^ !#-[\]-~]/

/** A byte string as JSON text. */
export const jsonText = (bytes: string): string =>
  special.test(bytes) ? JSON.stringify(textOf(bytes)) : `"${bytes}"`

const asIs = (text: string): string => text

export const styles = {
  json: { open: '{', close: '}', between: ',', part: jsonText, whole: asIs },
  /** Quoted as a whole: what a client sent must not look like a field of the line. */
  map: { open: 'map[', close: ']', between: ' ', part: asIs, whole: jsonText },
} as const satisfies Record<string, Style>

/** Clients choose names: those beyond so many are worked out each time. */
const mostForms = 500

/** By lower-case name; of a name that is there several times the first value, as in the original. */
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
      for (let i = 0; i < flat.length; i += 2) {
        const form = formOf(flat[i] ?? '')
        if (form.name !== 'host') take(gathered, form, flat[i + 1] ?? '')
      }
      return whole(gathered)
    },
    ofAnswer: head => {
      // Within a second equal answers have equal heads.
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

/** The lines behind the status line. */
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
