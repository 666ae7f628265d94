/** Headers as the access log shows them: JSON members, secrets hidden. */
import { textOf } from '../lib/bytes.ts'
import type { Redaction } from './redaction.ts'

export interface HeaderForms {
  /** A flat list; Host is left out, as in the original. */
  readonly ofRequest: (flat: readonly string[]) => string
  /** A head as text. `size`: what Content-Length says. */
  readonly ofAnswer: (head: string) => { readonly json: string; readonly size: number }
}

/** What is known of a name as it was written: the same few come again and again. */
interface Form {
  readonly name: string
  /** `"name":` */
  readonly key: string
}

/** Clients choose names: those beyond so many are worked out each time. */
const mostForms = 500

/** By lower-case name; of a name that is there several times the first value, as in the original. */
export function createHeaderForms({ header }: Redaction): HeaderForms {
  const forms = new Map<string, Form>()
  const formOf = (written: string): Form => {
    const known = forms.get(written)
    if (known !== undefined) return known
    const name = written.toLowerCase()
    const made = { name, key: `${jsonText(name)}:` }
    if (forms.size < mostForms) forms.set(written, made)
    return made
  }
  const gather = (): Gathered => ({ names: [], json: '' })
  const take = (gathered: Gathered, { name, key }: Form, value: string): void => {
    if (gathered.names.includes(name)) return
    gathered.json += `${gathered.names.length === 0 ? '' : ','}${key}${jsonText(header(name, value))}`
    gathered.names.push(name)
  }
  return {
    ofRequest: flat => {
      const gathered = gather()
      for (let i = 0; i < flat.length; i += 2) {
        const form = formOf(flat[i] ?? '')
        if (form.name !== 'host') take(gathered, form, flat[i + 1] ?? '')
      }
      return gathered.json
    },
    ofAnswer: head => {
      const gathered = gather()
      let size = 0
      for (const [written, value] of linesOf(head)) {
        const form = formOf(written)
        if (form.name === 'content-length') size = Number(value)
        take(gathered, form, value)
      }
      return { json: gathered.json, size }
    },
  }
}

interface Gathered {
  readonly names: string[]
  json: string
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

const special = /[^ !#-[\]-~]/

/** A byte string as JSON text. */
export const jsonText = (bytes: string): string =>
  special.test(bytes) ? JSON.stringify(textOf(bytes)) : `"${bytes}"`
