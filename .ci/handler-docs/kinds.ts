/** All handlers, where their files are, and what their headers say. */
import { readFileSync } from 'node:fs'
import { authenticators } from '../../src/handlers/authenticators/index.ts'
import { authorizers } from '../../src/handlers/authorizers/index.ts'
import { errorHandlers } from '../../src/handlers/errors/index.ts'
import type { Kind } from '../../src/handlers/kind.ts'
import { mutators } from '../../src/handlers/mutators/index.ts'

export interface Documented {
  readonly folder: Folder
  readonly name: string
  readonly kind: Kind<never, unknown>
  readonly header: Header
}

export type Folder = 'authenticators' | 'authorizers' | 'mutators' | 'errors'

/** What stands above a handler's code. */
export interface Header {
  readonly summary: string
  /** Takes, Gives, Fails with, Owns, Units: those that it has. */
  readonly parts: ReadonlyMap<string, string>
  readonly notes: string
}

const tables: Readonly<Record<Folder, Readonly<Record<string, Kind<never, unknown>>>>> = {
  authenticators,
  authorizers,
  mutators,
  errors: errorHandlers,
}

export const handlers: readonly Documented[] = Object.entries(tables).flatMap(([folder, kinds]) =>
  Object.entries(kinds)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, kind]) => ({
      folder: folder as Folder,
      name,
      kind,
      header: headerOf(folder, name),
    })),
)

function headerOf(folder: string, name: string): Header {
  const path = `src/handlers/${folder}/${name.replaceAll('_', '-')}.ts`
  const source = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const comment = /\/\*\*\n([\s\S]*?)\n \*\//.exec(source)?.[1] ?? ''
  const [first = '', ...blocks] = comment.replace(/^ \* ?/gm, '').split(/\n\n/)
  const summary = first.replace(/\s+/g, ' ')
  if (!summary.startsWith(`${name}: `)) throw new Error(`${path}: the header names no ${name}`)
  const [parts = new Map(), ...notes] = [partsOf(blocks[0] ?? ''), ...blocks.slice(1)]
  return {
    summary: summary.slice(name.length + 2),
    parts,
    notes: notes.map(note => String(note).replace(/\s+/g, ' ')).join('\n\n'),
  }
}

/** Lines that begin at the margin with a name, and those below that go on. */
function partsOf(block: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>()
  let current = ''
  for (const line of block.split('\n')) {
    const [, name, text = ''] = /^(Takes|Gives|Fails with|Owns|Units) +(.*)$/.exec(line) ?? []
    if (name !== undefined) current = name
    const more = name === undefined ? line.trim() : text
    parts.set(current, `${parts.get(current) ?? ''} ${more}`.trim())
  }
  return parts
}
