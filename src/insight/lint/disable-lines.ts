/** `# oarlock-lint-disable-next-line CODE -- reason` in files of rules and of the configuration. */
import { isCode } from './codes.ts'
import type { Fix } from './draft.ts'
import type { Finding } from './finding.ts'
import { hashOf } from './fingerprint.ts'
import { readText, shownPath } from './places.ts'

interface Disabling {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly code: string
  readonly reason: string
  /** The next line that is neither empty nor a comment. */
  readonly target: number
}

/** Also behind the text of a line; it is about the next one. */
const comment = /^(|.*\s)#\s*oarlock-lint-disable-next-line\s+([\w, -]*?)\s*(?:--\s*(.*))?$/

export async function readDisablings(paths: readonly string[]): Promise<readonly Disabling[]> {
  const texts = await Promise.all(paths.map(async path => [path, await readText(path)] as const))
  return texts.flatMap(([path, text]) =>
    text.includes('oarlock-lint-disable') ? disablingsIn(shownPath(path), text) : [],
  )
}

function disablingsIn(file: string, text: string): readonly Disabling[] {
  const lines = text.split(/\r?\n/)
  return lines.flatMap((written, i) => {
    const isOne = written.includes('oarlock-lint-disable')
    const [, indent = '', codes, reason = ''] = (isOne && comment.exec(written)) || []
    if (codes === undefined) return []
    const rest = lines.slice(i + 1).findIndex(line => !/^\s*(?:#|$)/.test(line))
    const place = {
      file,
      line: i + 1,
      column: indent.length + 1,
      target: i + 2 + Math.max(0, rest),
    }
    const names = codes.split(/[\s,]+/).filter(code => code !== '')
    return (names.length === 0 ? [''] : names).map(code => ({ ...place, code, reason }))
  })
}

/** A finding, and the line where its rule begins. */
export interface PlacedFinding {
  readonly finding: Finding
  readonly ruleLine: number | undefined
  readonly fix?: Fix | undefined
}

/** The findings that no line switches off, and findings about the lines themselves. */
export function withoutDisabled(
  placed: readonly PlacedFinding[],
  disablings: readonly Disabling[],
): readonly PlacedFinding[] {
  if (disablings.length === 0) return placed
  const used = new Set<Disabling>()
  const byTarget = new Map(
    disablings.map(one => [keyOf(one.file, one.target, one.code), one] as const),
  )
  const kept = placed.filter(({ finding, ruleLine }) => {
    const { place, code } = finding
    const lines = place === null ? [] : [place.line, ruleLine]
    const found = lines.map(line => byTarget.get(keyOf(place?.file ?? '', line ?? 0, code)))
    const first = found.find(one => one !== undefined)
    if (first !== undefined) used.add(first)
    return first === undefined
  })
  const about = disablings.flatMap(one => findingsAbout(one, used.has(one)))
  return [...kept, ...about.map(finding => ({ finding, ruleLine: undefined }))]
}

const keyOf = (file: string, line: number, code: string): string => `${line} ${code} ${file}`

function findingsAbout(one: Disabling, isUsed: boolean): readonly Finding[] {
  const { code, reason } = one
  const unknown = isCode(code) ? '' : `: there is no code ${JSON.stringify(code)}`
  return [
    ...(reason.trim() === ''
      ? [
          about(
            'disable-without-reason',
            one,
            `no reason: write -- and why ${code} is not a problem here`,
          ),
        ]
      : []),
    ...(isUsed
      ? []
      : [
          about(
            'disable-unused',
            one,
            `switches ${code} off, which is not found on the next line${unknown}`,
          ),
        ]),
  ]
}

function about(
  code: 'disable-without-reason' | 'disable-unused',
  { file, line, column, code: disabled }: Disabling,
  message: string,
): Finding {
  return {
    code,
    level: code === 'disable-unused' ? 'warning' : 'error',
    message: `oarlock-lint-disable-next-line: ${message}`,
    rule: null,
    place: { file, line, column },
    related: [],
    witness: null,
    fingerprint: hashOf([code, file, disabled]),
  }
}
